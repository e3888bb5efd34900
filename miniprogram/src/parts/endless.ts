// An endless list in keyset pages: a few of them in memory, however long the list is.
import { computed, ref, shallowRef } from 'vue'

export interface PageOf<T> {
  items: T[]
  next: string | null
}
type Held<T> = { from: string | undefined; items: T[] }

/** A list asked page by page; `most` pages are held, those that were scrolled away from are asked again. */
export function endless<T extends { id: string }>(get: (cursor?: string) => Promise<PageOf<T>>, most = 4) {
  const held = shallowRef<Held<T>[]>([])
  const before = shallowRef<(string | undefined)[]>([]) // where the pages let go of above began
  const next = ref<string | null>(null)
  const loading = ref(false)
  const error = shallowRef<unknown>(null)
  const loaded = ref(false)
  let asked = 0

  const items = computed(() => held.value.flatMap((page) => page.items))

  /** One question at a time; the answer to a question that nobody asks any more is let go. */
  async function load(cursor: string | undefined, take: (page: PageOf<T>) => void): Promise<boolean> {
    const mine = ++asked
    loading.value = true
    error.value = null
    try {
      const page = await get(cursor)
      if (mine !== asked) return false
      take(page)
      loaded.value = true
      return true
    } catch (reason) {
      if (mine === asked) error.value = reason
      return false
    } finally {
      if (mine === asked) loading.value = false
    }
  }

  /** From the beginning. What is shown stays until the answer is there, and where none comes. */
  const reset = () =>
    load(undefined, (page) => {
      held.value = [{ from: undefined, items: page.items }]
      before.value = []
      next.value = page.next
    })

  /** Show nothing any more: another list is about to come. */
  function clear() {
    asked++
    held.value = []
    before.value = []
    next.value = null
    loaded.value = loading.value = false
    error.value = null
  }

  /** The next page; true when one above was let go of for it. */
  async function more(): Promise<boolean> {
    const from = next.value
    if (!from || loading.value) return false
    let dropped = false
    await load(from, (page) => {
      const pages = [...without(held.value, page.items), { from, items: page.items }]
      dropped = pages.length > most
      if (dropped) before.value = [...before.value, pages.shift()!.from]
      held.value = pages
      next.value = page.next
    })
    return dropped
  }

  /** The page above the first one held. */
  async function earlier(): Promise<void> {
    if (!before.value.length || loading.value) return
    const from = before.value.at(-1)
    await load(from, (page) => {
      const pages = [{ from, items: page.items }, ...without(held.value, page.items)]
      if (pages.length > most) next.value = pages.pop()!.from ?? null
      held.value = pages
      before.value = before.value.slice(0, -1)
    })
  }

  /** Change one item where it stands, or take it out. */
  function change(id: string, how: (item: T) => T | null) {
    held.value = held.value.map((page) => ({
      ...page,
      items: page.items.flatMap((item) => (item.id === id ? (how(item) ?? []) : [item])),
    }))
  }

  const above = computed(() => before.value.length > 0)
  return { items, next, above, loading, loaded, error, reset, clear, more, earlier, change }
}

/** A list whatever it is of. */
export type Endless = Omit<ReturnType<typeof endless<any>>, 'change'>

/** What moved from one page to another between two questions is shown once, where it is now. */
function without<T extends { id: string }>(pages: Held<T>[], newer: T[]): Held<T>[] {
  const ids = new Set(newer.map(({ id }) => id))
  return pages.map((page) => ({ ...page, items: page.items.filter(({ id }) => !ids.has(id)) }))
}
