// What happens when something is delivered, now or days later, whatever page is open: App.vue sees to it that this runs.
import { t } from '@/locale'
import type { components } from '@/api/types'
import { drop, onSent, type Waiting, waiting } from './outbox'
import { addReceipt } from './receipts'
import { forget, keep, kept } from './store'
import { handedIn } from '@/uploads/owed'

type Filed = components['schemas']['Filed']
export const REPORTS = '/api/v1/cases'
const ABOUT = 40 // characters of a report that tell it from others

onSent((sent, answer) => {
  forgetDraft(sent)
  if (sent.path !== REPORTS) return handedIn(sent.body)
  const { number, secret, filed_on, promises } = answer as Filed
  const about = (sent.body as { text: string }).text.slice(0, ABOUT)
  addReceipt({ number, secret, filedOn: filed_on, about, promises, saved: false })
  handedIn(sent.body, number)
})

/** Where the receipt of a report is that was delivered while its page was not looking. */
export function watchReports(told: (number: string) => void): () => void {
  return onSent((sent, answer) => sent.path === REPORTS && told((answer as Filed).number))
}

/** A draft that the outbox has taken over, the page having been killed in between, is nobody's draft any more. */
export function settleDraft(name: string): void {
  const owner = waiting.value.find(({ key, refusal }) => !refusal && key === draftKey(name))
  if (owner) forget(`draft:${name}`)
}

/** Open what was refused again: what was typed becomes the draft it was. */
export function takeBack(item: Waiting): void {
  if (!item.draft) return
  keep(`draft:${item.draft.name}`, item.draft.value)
  drop(item.key)
}

/** The step that something takes; empty for a report. */
export const verbOf = ({ path }: Waiting) => /\/steps\/(\w+)$/.exec(path)?.[1] ?? ''

/** What to call something that waits, in the language of now. */
export function titleOf(item: Waiting): string {
  return item.path === REPORTS ? t('report.title') : item.title
}

function forgetDraft({ draft, key }: Waiting): void {
  if (draft && draftKey(draft.name) === key) forget(`draft:${draft.name}`)
}

const draftKey = (name: string) => kept<{ key?: string } | null>(`draft:${name}`, null)?.key
