// One matter with its timeline: asked, kept on the phone, and read from there without a line.
import { ref, shallowRef } from 'vue'
import { Refused } from '@/api/client'
import { entriesOf, type Entry, type Matter, type Said, urlOf } from '@/api/matters'
import { forgetMatter, keepMatter, keptMatter } from '@/kept/matters'
import { askAsStaff, post } from '@/kept/session'

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
  /** Its category is one that discipline bodies look into. */
  hand_over_suggested?: boolean
  reopenings?: number
  extensions?: number
  /** What a kind says of itself in the server's words; any client can show it. */
  lines?: Said[]
}

export const subjectOf = (matter: Matter) => ((matter as Record<string, any>)[matter.kind] ?? {}) as Subject

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
      const [found, said] = await Promise.all([askAsStaff<Matter>(urlOf(number)), entriesOf(number, askAsStaff)])
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
