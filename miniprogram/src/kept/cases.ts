// What this phone last saw of a case, for when there is no line; only of cases whose receipt it keeps.
import { ask } from '@/api/client'
import type { components } from '@/api/types'
import { isKept, receiptOf } from './receipts'
import { keep, kept } from './store'

export type Matter = components['schemas']['MatterView']
export type Entry = components['schemas']['EntryLine']
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
  const matter = await ask<Matter>(`/api/v1/matters/${number}`, { receipt: receiptOf(number) })
  remember(number, matter, lastSeen(number)?.entries ?? [])
  return matter
}

/** The case with its whole timeline, as they are now; raises Refused or Unreached. */
export async function caseOf(number: string): Promise<Seen> {
  const matter = await ask<Matter>(`/api/v1/matters/${number}`, { receipt: receiptOf(number) })
  const entries: Entry[] = []
  for (let after: number | null = 0; after !== null; ) {
    const page: components['schemas']['Timeline'] = await ask(`/api/v1/matters/${number}/entries`, {
      receipt: receiptOf(number),
      query: { after },
    })
    entries.push(...page.items)
    after = page.next
  }
  return remember(number, matter, entries)
}

function remember(number: string, matter: Matter, entries: Entry[]): Seen {
  const seen = { matter, entries, at: new Date().toISOString() }
  if (isKept(number)) keep(`case:${number}`, seen)
  return seen
}
