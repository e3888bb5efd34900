// A matter and its timeline, as the server tells of them to whoever asks.
import type { Asked } from './client'
import type { components } from './types'

export type Matter = components['schemas']['MatterView']
export type Entry = components['schemas']['EntryLine']
export type NextStep = components['schemas']['NextStep']
export type Said = components['schemas']['SaidLine']

/** Asks the server as whoever reads: by a receipt, or as whoever is signed in. */
type Ask = <T>(path: string, asked?: Asked) => Promise<T>

export const urlOf = (number: string) => `/api/v1/matters/${number}`

/** The whole timeline; raises Refused or Unreached. */
export async function entriesOf(number: string, ask: Ask): Promise<Entry[]> {
  const found: Entry[] = []
  for (let after: number | null = 0; after !== null; ) {
    const page: components['schemas']['Timeline'] = await ask(`${urlOf(number)}/entries`, { query: { after } })
    found.push(...page.items)
    after = page.next
  }
  return found
}
