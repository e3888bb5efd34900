// What this phone uploads, from the moment it was chosen until the server has it: kept, so that it outlives the app.
import { ref } from 'vue'
import { keep, kept } from '@/kept/store'

/**
 * waits: to be sent, or being sent; wifi: until there is Wi-Fi; gone: its content is not on the phone any more;
 * refused: the server will not have it; failed: tried often enough; lost: its time at the server was over after it had
 * been handed in; done: the server has all of it.
 */
export type State = 'waits' | 'paused' | 'wifi' | 'gone' | 'refused' | 'failed' | 'lost' | 'done'

/** As whom something is uploaded: with a report not filed yet (its key), as the holder of a receipt, through a post. */
export type Whose = { draft: string } | { number: string } | { post: string }

export interface Upload {
  /** Stands for the file in a form until the server has given it an id. */
  id: string
  draft?: string
  number?: string
  post?: string
  /** The report or the step that it belongs to has arrived: it can't be taken back any more. */
  handed: boolean
  name: string
  type: string
  purpose: string
  bytes: number
  seconds?: number
  /** Where the mini-program has it. */
  path?: string
  /** Tells whether a file chosen again is the same. */
  mark: string
  /** The server's id; empty until it knows of it. */
  address: string
  /** How much the server said it has. */
  offset: number
  state: State
  /** What the server said, where it said no. */
  why: string
  /** Even without Wi-Fi. */
  anyway?: boolean
  at: string
}

const NAME = 'uploads'
export const uploads = ref<Upload[]>(kept<Upload[]>(NAME, []))

export const uploadOf = (id: string) => uploads.value.find((one) => one.id === id)

/** Change the list as it is kept now: another tab may have written since. */
export function change(how: (list: Upload[]) => Upload[]): void {
  uploads.value = how(kept<Upload[]>(NAME, uploads.value))
  keep(NAME, uploads.value)
}

/** Note something about one of them; one that is gone stays gone. */
export function note(id: string, said: Partial<Upload>): void {
  change((list) => list.map((one) => (one.id === id ? { ...one, ...said } : one)))
}

// #ifdef H5
window.addEventListener('storage', () => (uploads.value = kept<Upload[]>(NAME, uploads.value)))
// #endif

const REF = /upload:[0-9a-f-]{36}/g

/** The uploads that a form or something owed speaks of. */
export const refsIn = (value: unknown): string[] => JSON.stringify(value ?? null).match(REF) ?? []
