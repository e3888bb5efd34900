// What this phone still owes the server: kept before it is sent, sent under one key, never twice.
import { computed, ref } from 'vue'
import { ask, Refused, Unreached, uuid } from '@/api/client'
import { receiptOf } from './receipts'
import { askAsStaff, post as active, signedIn } from './session'
import { keep, kept } from './store'
import { begunAnew, checked, filesRefused, settled } from '@/uploads/owed'
import { refsIn } from '@/uploads/list'

/** As whom something is sent: nobody (a report), the holder of a receipt, or whoever is signed in. */
export type As = 'visitor' | 'receipt' | 'staff'

export interface Waiting {
  /** The Idempotency-Key: sending again gives the first answer again. */
  key: string
  as: As
  /** Of staff: through which post; nobody else sends it. */
  by?: string
  path: string
  /** A file in it that is still uploaded is named by its id on this phone. */
  body: unknown
  /** What is really sent, once all its files have ids at the server; under one key it must not change any more. */
  sent?: { body: unknown; ticket?: string }
  /** The matter it is about; a report has none yet. */
  number?: string
  /** What to call it in the list. */
  title: string
  at: string
  /** The form it came from: forgotten when it is delivered, opened again when it is refused. */
  draft?: { name: string; value: object }
  /** Why the server would not take it; somebody has to look. */
  refusal?: { code: string; message: string; details: Record<string, any> }
}

const NAME = 'outbox'
const AGAIN = 20_000 // milliseconds until what could not be sent is tried again

export const waiting = ref<Waiting[]>(kept<Waiting[]>(NAME, []))
export const refused = computed(() => waiting.value.filter(({ refusal }) => refusal))
type Sent = (sent: Waiting, answer: any) => void
const listeners = new Set<Sent>()
const sending = new Set<string>()
let timer: ReturnType<typeof setTimeout> | undefined

/** Be told of everything that is delivered; gives the way to stop listening. */
export function onSent(listener: Sent): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/**
 * Send something now or, without a line, as soon as there is one. Gives the server's answer, or null while it waits.
 * Raises Refused when the server says no: it is not kept then, the form still has it.
 */
export async function post<T>(owed: Omit<Waiting, 'key' | 'at'> & { key?: string }): Promise<T | null> {
  const item: Waiting = { ...owed, key: owed.key ?? uuid(), at: new Date().toISOString() }
  if (item.as === 'staff') item.by = active.value
  checked(item.body)
  change((list) => [...list.filter(({ key }) => key !== item.key), item])
  try {
    return (await deliver(item)) as T
  } catch (error) {
    if (error instanceof Unreached || (error instanceof Refused && error.passing)) {
      later()
      return null
    }
    drop(item.key)
    throw error
  }
}

/** Send what waits, oldest first; what the server refuses stays with its reason. */
export async function flush(): Promise<void> {
  for (const item of reread().filter(({ refusal }) => !refusal)) {
    if (sending.has(item.key) || !mayBeSent(item)) continue
    if (item.as === 'receipt' && !receiptOf(item.number!)) continue // held on no phone: waits for the secret
    try {
      await deliver(item)
    } catch (error) {
      if (error instanceof Unreached || (error instanceof Refused && error.passing)) return later()
      if (error instanceof Refused && error.code === 'not_signed_in') return
      if (!(error instanceof Refused)) throw error
      const { code, message, details } = error
      change((list) => list.map((one) => (one.key === item.key ? { ...one, refusal: { code, message, details } } : one)))
    }
  }
}

/** What an officer did is sent by that officer, through the same post. */
export function mayBeSent(item: Waiting): boolean {
  return item.as !== 'staff' || (signedIn.value && (!item.by || item.by === active.value))
}

/** Give up on something: it is forgotten on this phone. */
export function drop(key: string): void {
  change((list) => list.filter((item) => item.key !== key))
}

/**
 * Try something again that was refused, as a new request: the matter has been looked at anew.
 * Raises Refused when the server says no again; it stays with the new reason then.
 */
export async function again(key: string, version?: number): Promise<unknown> {
  const item = waiting.value.find((one) => one.key === key)
  if (!item) return null
  const body = version === undefined ? item.body : { ...(item.body as object), version }
  const anew: Waiting = { ...item, body, key: uuid(), refusal: undefined, sent: undefined }
  drop(key)
  try {
    return await post(anew)
  } catch (error) {
    const { code, message, details } = error as Refused
    const refusal = code === 'not_signed_in' ? item.refusal : { code, message, details }
    if (error instanceof Refused) change((list) => [...list, { ...anew, refusal }])
    throw error
  }
}

async function deliver(item: Waiting): Promise<unknown> {
  sending.add(item.key)
  try {
    const answer = await offered(item)
    for (const listener of listeners) listener(item, answer)
    drop(item.key)
    return answer
  } finally {
    sending.delete(item.key)
  }
}

/** Ask the server; files whose time was over are begun anew, once. */
async function offered(item: Waiting): Promise<unknown> {
  try {
    return await asked(await readied(item))
  } catch (error) {
    if (!filesRefused(error) || !refsIn(item.body).length) throw error
    begunAnew(item.body)
    return asked(await readied({ ...item, sent: undefined }))
  }
}

/** With what is really sent, kept before it goes. */
async function readied(item: Waiting): Promise<Waiting> {
  if (item.sent || !refsIn(item.body).length) return item
  const ready = { ...item, sent: await settled(item.body) }
  change((list) => list.map((one) => (one.key === item.key ? ready : one)))
  return ready
}

function asked({ as, path, key, number, body, sent }: Waiting): Promise<unknown> {
  const post = { method: 'POST' as const, body: sent?.body ?? body, key, ticket: sent?.ticket }
  if (as === 'staff') return askAsStaff(path, post)
  return ask(path, { ...post, receipt: as === 'receipt' ? receiptOf(number!) : undefined })
}

function later(): void {
  clearTimeout(timer)
  timer = setTimeout(() => void flush(), AGAIN)
}

// #ifdef H5
window.addEventListener('storage', () => void reread())
// #endif

/** Another tab may have written since. */
function reread(): Waiting[] {
  waiting.value = kept<Waiting[]>(NAME, waiting.value)
  return waiting.value
}

function change(how: (list: Waiting[]) => Waiting[]): void {
  waiting.value = how(reread())
  keep(NAME, waiting.value)
}
