// What this phone last saw of a case, for when there is no line; only of cases whose receipt it keeps.
import { ask, type Asked } from '@/api/client'
import { entriesOf, type Entry, type Matter, urlOf } from '@/api/matters'
import { isKept, receiptOf } from './receipts'
import { keep, kept } from './store'

export interface Seen {
  matter: Matter
  entries: Entry[]
  /** When it was asked, as ISO time. */
  at: string
}

/** A case as it was last seen on this phone. */
export const lastSeen = (number: string) => kept<Seen | null>(`case:${number}`, null)

/** The case as it is now; raises Refused or Unreached. */
export async function matterOf(number: string): Promise<Matter> {
  const matter = await asHolder(number)<Matter>(urlOf(number))
  remember(number, matter, lastSeen(number)?.entries ?? [])
  return matter
}

/** The case with its whole timeline, as they are now; raises Refused or Unreached. */
export async function caseOf(number: string): Promise<Seen> {
  const matter = await asHolder(number)<Matter>(urlOf(number))
  return remember(number, matter, await entriesOf(number, asHolder(number)))
}

/** Ask as whoever holds the receipt of this case. */
const asHolder =
  (number: string) =>
  <T>(path: string, asked: Asked = {}) =>
    ask<T>(path, { ...asked, receipt: receiptOf(number) })

function remember(number: string, matter: Matter, entries: Entry[]): Seen {
  const seen = { matter, entries, at: new Date().toISOString() }
  if (isKept(number)) keep(`case:${number}`, seen)
  return seen
}
