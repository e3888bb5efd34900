// The queue of a post: its tabs with counts, filters, the list, and what of it is kept for when there is no line.
import { computed, ref, shallowRef } from 'vue'
import { Refused } from '@/api/client'
import type { components } from '@/api/types'
import { askAsStaff, post } from '@/kept/session'
import { keep, kept } from '@/kept/store'
import { endless, type PageOf } from '@/parts/endless'

export type Duty = components['schemas']['DutyLine']
export type Counts = components['schemas']['Counts']
export const TABS = ['mine', 'unit', 'due_soon', 'overdue', 'waiting', 'returned'] as const
export type Tab = (typeof TABS)[number]
/** What the page of the queue shows: a tab of duties, or all matters in sight. */
export type Shelf = Tab | 'all'
export const SHELVES: Shelf[] = [...TABS, 'all']

interface KeptQueue {
  post: string
  tab: Tab
  items: Duty[]
  counts: Counts | null
  at: string
}
const NAME = 'staff:queue'
const KINDS = 'staff:duties' // kinds of duty that were seen, by name

export function useQueue() {
  const before = kept<KeptQueue | null>(NAME, null)
  const mine = before?.post === post.value ? before : null
  const tab = ref<Tab>(mine?.tab ?? 'mine')
  const region = ref('')
  const name = ref('')
  const counts = shallowRef<Counts | null>(mine?.counts ?? null)
  const kinds = ref<Record<string, string>>(kept(`${KINDS}:${post.value}`, {}))
  /** The list as it was kept, shown until there is a fresh one. */
  const old = shallowRef<KeptQueue | null>(mine)
  const list = endless<Duty>((cursor) =>
    askAsStaff<PageOf<Duty>>('/api/v1/duties', {
      query: { tab: tab.value, region: region.value, name: name.value, cursor },
    }),
  )
  const filtered = computed(() => region.value !== '' || name.value !== '')
  const shown = computed(() => {
    if (list.loaded.value) return list.items.value
    const fits = old.value?.post === post.value && old.value.tab === tab.value && !filtered.value
    return fits ? old.value!.items : []
  })
  const stale = computed(() => (!list.loaded.value && shown.value.length ? old.value!.at : ''))

  /** Counts and the list from the beginning; what is shown stays until they come. */
  async function refresh(): Promise<void> {
    const [, fresh] = await Promise.all([recount(), list.reset()])
    if (!fresh) return
    const seen = Object.fromEntries(list.items.value.map((duty) => [duty.name, duty.label]))
    kinds.value = { ...kept(`${KINDS}:${post.value}`, {}), ...seen }
    keep(`${KINDS}:${post.value}`, kinds.value)
    if (filtered.value || !post.value) return
    old.value = { post: post.value, tab: tab.value, items: list.items.value, counts: counts.value, at: new Date().toISOString() }
    keep(NAME, old.value)
  }

  async function recount(): Promise<void> {
    counts.value = await askAsStaff<Counts>('/api/v1/duties/counts').catch(() => counts.value)
  }

  function narrow(how: { tab?: Tab; region?: string; name?: string }): Promise<void> {
    tab.value = how.tab ?? tab.value
    region.value = how.region ?? region.value
    name.value = how.name ?? name.value
    list.clear()
    return refresh()
  }

  /** Take a duty for oneself, or give it back. Raises Refused or Unreached. */
  async function turn(duty: Duty, how: 'claim' | 'release'): Promise<void> {
    try {
      await askAsStaff(`/api/v1/duties/${duty.id}/${how}`, { method: 'POST' })
    } catch (error) {
      if (error instanceof Refused && [404, 409].includes(error.status)) void refresh()
      throw error
    }
    const claimed = how === 'claim'
    const gone = !claimed && tab.value === 'mine'
    list.change(duty.id, (one) => (gone ? null : { ...one, mine: claimed, claimed, releasable: claimed }))
    void recount()
  }

  return { tab, region, name, counts, kinds, list, filtered, shown, stale, refresh, narrow, turn }
}

/** Whether there is a notice that nobody has read; of the newest, as more is not worth asking for. */
export async function unreadNotices(): Promise<boolean> {
  const page = await askAsStaff<components['schemas']['NoticePage']>('/api/v1/notices', { query: { limit: 20 } })
  return page.items.some(({ read }) => !read)
}

/** The badge of the tab: how many are mine, and of what is mine or could be how many are late. */
export function badgeOf(counts: Counts | null, words: (late: string) => string): string {
  if (!counts) return ''
  const [mine, late] = [counts.mine, counts.overdue].map((count) => (count >= 100 ? '99+' : String(count)))
  if (!counts.mine && !counts.overdue) return ''
  return counts.overdue ? `${mine} · ${words(late!)}` : mine!
}
