// Matters that an officer opened, kept on the phone to be read without a line; gone with the session.
import type { Entry, Matter } from '@/api/matters'
import { forget, keep, kept } from './store'

export interface KeptMatter {
  matter: Matter
  entries: Entry[]
  /** Through which post it was read: another may not see the same. */
  post: string
  at: string
}

const INDEX = 'staff:matters'
const MOST = 30
const nameOf = (number: string) => `staff:matter:${number}`

/** Keep a matter as the newest of the last thirty. */
export function keepMatter(matter: Matter, entries: Entry[], post: string): void {
  const numbers = [matter.number, ...kept<string[]>(INDEX, []).filter((number) => number !== matter.number)]
  numbers.slice(MOST).forEach((number) => forget(nameOf(number)))
  keep(INDEX, numbers.slice(0, MOST))
  keep(nameOf(matter.number), { matter, entries, post, at: new Date().toISOString() } satisfies KeptMatter)
}

export function keptMatter(number: string, post: string): KeptMatter | null {
  const found = kept<KeptMatter | null>(nameOf(number), null)
  return found?.post === post ? found : null
}

/** A matter that is not to be seen any more. */
export function forgetMatter(number: string): void {
  forget(nameOf(number))
}
