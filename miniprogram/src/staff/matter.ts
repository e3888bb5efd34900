// One matter with its timeline: asked, kept on the phone, and read from there without a line.
import { ref, shallowRef } from 'vue'
import { Refused } from '@/api/client'
import type { components } from '@/api/types'
import { type Entry, forgetMatter, keepMatter, keptMatter, type Matter } from '@/kept/matters'
import { askAsStaff, post } from '@/kept/session'

type Timeline = components['schemas']['Timeline']
export type NextStep = components['schemas']['NextStep']
export type Said = components['schemas']['SaidLine']

/** What is told of the matter of its own kind; of another kind other fields, and each is shown where it is there. */
export interface Subject {
  summary?: string | null
  category?: { code: string; name: string } | null
  claims?: string[] | null
  occurred_on?: string | null
  lead_unit?: { id: string; name: string } | null
  answer_shown?: Said[] | null
  outcome_label?: string | null
  mode_label?: string | null
  channel_label?: string | null
  accused_text?: string | null
  reopenings?: number
  extensions?: number
}

export const subjectOf = (matter: Matter) => ((matter as Record<string, any>)[matter.kind] ?? {}) as Subject
export const urlOf = (number: string) => `/api/v1/matters/${number}`

export function useMatter() {
  const matter = shallowRef<Matter | null>(null)
  const entries = shallowRef<Entry[]>([])
  /** When what is shown was kept, if it isn't fresh. */
  const asOf = ref('')
  const loading = ref(false)
  const error = shallowRef<unknown>(null)

  /** Ask for it; what was kept of it is shown meanwhile and where no answer comes. */
  async function load(number: string): Promise<void> {
    const before = keptMatter(number, post.value)
    if (before && matter.value?.number !== number) {
      matter.value = before.matter
      entries.value = before.entries
      asOf.value = before.at
    }
    loading.value = true
    error.value = null
    const reader = post.value
    try {
      const [found, said] = await Promise.all([askAsStaff<Matter>(urlOf(number)), timeline(number)])
      matter.value = found
      entries.value = said
      asOf.value = ''
      if (reader && reader === post.value) keepMatter(found, said, reader)
    } catch (reason) {
      error.value = reason
      if (reason instanceof Refused && reason.status === 404) {
        forgetMatter(number)
        matter.value = null
      }
    } finally {
      loading.value = false
    }
  }

  return { matter, entries, asOf, loading, error, load }
}

async function timeline(number: string): Promise<Entry[]> {
  const found: Entry[] = []
  for (let after: number | null = 0; after !== null; ) {
    const page: Timeline = await askAsStaff<Timeline>(`${urlOf(number)}/entries`, { query: { after } })
    found.push(...page.items)
    after = page.next
  }
  return found
}
