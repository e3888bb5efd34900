// Uploads go on by themselves: two at once, piece by piece, resting after failures, until the server has everything.
import { reactive, watch } from 'vue'
import { Refused } from '@/api/client'
import { receiptOf } from '@/kept/receipts'
import { post as active, signedIn } from '@/kept/session'
import { type Content, dropped, opened } from './content'
import { change, note, type Upload, uploadOf, uploads } from './list'
import { mustWait } from './metered'
import { line, restAfter } from './pace'
import { forgetTicket } from './tickets'
import * as tus from './tus'

const AT_ONCE = 2
const TRIES = 8 // in a row, of what hardly mends itself; a line that is away is waited for without end
const ELSEWHERE = 5000 // milliseconds until it is asked again whether another tab still sends

interface Job {
  stop: () => void
}
interface Rest {
  failures: number
  /** Set while it rests. */
  timer?: ReturnType<typeof setTimeout>
}
const jobs = new Map<string, Job>()
const rests = new Map<string, Rest>()
const beginning = new Map<string, Promise<string>>()
const known = new Set<string>() // whose offset the server has said since the last failure

/** For the eye: what is on its way now, and what rests after a failure. */
export const live = reactive({ busy: new Set<string>(), resting: new Set<string>() })

/** Send what may be sent, as far as there is room. */
export function run(): void {
  for (const item of uploads.value) {
    if (jobs.size >= AT_ONCE) return
    const resting = rests.get(item.id)?.timer !== undefined
    if (item.state === 'waits' && !jobs.has(item.id) && !resting && mayBeSent(item)) void start(item.id)
  }
}

/** The line is back, or the app: nothing rests any more, and what waited for Wi-Fi looks again. */
export function wake(): void {
  for (const id of [...rests.keys()]) forgetRest(id)
  for (const { id } of uploads.value.filter(({ state }) => state === 'wifi')) note(id, { state: 'waits' })
  run()
}

export function pause(id: string): void {
  note(id, { state: 'paused' })
  jobs.get(id)?.stop()
}

/** Go on with what was paused, or failed. */
export function resume(id: string): void {
  forgetRest(id)
  note(id, { state: 'waits' })
  run()
}

/** Send a large file without Wi-Fi. */
export function goAnyway(id: string): void {
  note(id, { anyway: true })
  resume(id)
}

/** Have it no more, here and, unless it was handed in, at the server. */
export async function remove(id: string): Promise<void> {
  const item = uploadOf(id)
  if (!item) return
  change((list) => list.filter((one) => one.id !== id))
  jobs.get(id)?.stop()
  forgetRest(id)
  if (item.address && !item.handed && item.state !== 'lost') await tus.takenBack(item).catch(() => undefined) // it ends by itself
  await dropped(item)
}

/** The server's id of an upload, which is begun if it was not; raises Refused or Unreached. */
export function addressOf(id: string): Promise<string> {
  const item = uploadOf(id)!
  if (item.address) return Promise.resolve(item.address)
  if (!beginning.has(id)) {
    const told = tus.begun(item).then((address) => (note(id, { address, offset: 0 }), known.add(id), address))
    beginning.set(id, told.finally(() => beginning.delete(id)))
  }
  return beginning.get(id)!
}

/** Begin at the beginning, as another upload. */
export function anew(id: string): void {
  known.delete(id)
  note(id, { address: '', offset: 0, state: 'waits', why: '' })
}

/** Say that an upload has no place at the server, and why. */
export const refuse = (id: string, why: string) => note(id, { state: 'refused', why })

function mayBeSent(item: Upload): boolean {
  if (item.post) return signedIn.value && item.post === active.value
  return !item.number || receiptOf(item.number) !== undefined
}

async function start(id: string): Promise<void> {
  let request: { abort: () => void } | undefined
  let stopped = false
  const job = { stop: () => ((stopped = true), request?.abort()) }
  const handed = uploadOf(id)?.handed
  jobs.set(id, job)
  live.busy.add(id)
  try {
    await alone(id, () => work(id, (sent) => (request = sent)))
  } catch (error) {
    known.delete(id)
    if (stopped) return
    // The report was filed while the request was on its way: it was asked as somebody whom it belonged to no more.
    if (uploadOf(id)?.handed !== handed) rest(id, Infinity)
    else trouble(id, error)
  } finally {
    jobs.delete(id)
    live.busy.delete(id)
    run()
  }
}

/** Send one to its end, unless somebody pauses it or takes it away meanwhile. */
async function work(id: string, sent: (request: { abort: () => void }) => void): Promise<void> {
  const wanted = () => {
    const item = uploadOf(id)
    return item?.state === 'waits' ? item : undefined
  }
  const first = wanted()
  if (!first) return
  const content = await opened(first)
  if (!content) return note(id, { state: 'gone' })
  if (await mustWait(first)) return note(id, { state: 'wifi' })
  if (wanted()) await addressOf(id)
  const begun = wanted()
  if (begun && !known.has(id)) note(id, { offset: await tus.offsetOf(begun) })
  known.add(id)
  for (let item = wanted(); item; item = wanted()) {
    if (item.offset >= item.bytes) return done(item)
    if (await mustWait(item)) return note(id, { state: 'wifi' })
    const piece = await pieceOf(content, item)
    if (!piece) return note(id, { state: 'gone' })
    const began = Date.now()
    const offset = await tus.appended(item, item.offset, piece, sent)
    line.went(piece.byteLength, Date.now() - began)
    forgetRest(id)
    note(id, { offset })
  }
}

const pieceOf = (content: Content, { offset, bytes }: Upload) =>
  content.piece(offset, Math.min(bytes, offset + line.size)).catch(() => null)

async function done(item: Upload): Promise<void> {
  note(item.id, { state: 'done' })
  // What is still in a form is shown there; of what was handed in nothing is kept.
  if (uploadOf(item.id)?.handed) await remove(item.id)
}

/** What a failure means: to ask where it stands and go on, to begin anew, to rest and try again, or that it is over. */
function trouble(id: string, error: unknown): void {
  const item = uploadOf(id)
  if (!item) return
  const { status, code, message } = error instanceof Refused ? error : { status: 0, code: '', message: '' }
  if (error instanceof Refused && over(status, code)) {
    if (item.handed) return note(id, { state: 'lost' })
    if (code === 'wrong_ticket') forgetTicket(item.draft ?? '')
    anew(id)
    return rest(id, TRIES)
  }
  if (status >= 400 && status < 500 && ![409, 423, 429, 460].includes(status)) {
    return status === 401 && item.post ? rest(id, Infinity) : refuse(id, message) // whoever signs in again goes on
  }
  if (status === 0) line.broke()
  rest(id, [0, 423, 429, 503].includes(status) ? Infinity : TRIES)
}

const over = (status: number, code: string) => status === 410 || status === 404 || code === 'wrong_ticket'

function rest(id: string, tries: number): void {
  const failures = (rests.get(id)?.failures ?? 0) + 1
  if (failures > tries) return forgetRest(id), note(id, { state: 'failed' })
  restFor(id, restAfter(failures), failures)
  live.resting.add(id)
}

/** Leave it alone for so many milliseconds; the timer says when they are over, no clock beside it. */
function restFor(id: string, wait: number, failures: number): void {
  clearTimeout(rests.get(id)?.timer)
  const over = () => (rests.set(id, { failures }), run())
  rests.set(id, { failures, timer: setTimeout(over, wait) })
}

function forgetRest(id: string): void {
  clearTimeout(rests.get(id)?.timer)
  rests.delete(id)
  live.resting.delete(id)
}

/** Of several tabs one sends an upload. */
async function alone(id: string, does: () => Promise<void>): Promise<void> {
  // #ifdef H5
  if (navigator.locks) {
    return navigator.locks.request(id, { ifAvailable: true }, async (lock) => {
      if (lock) return does()
      restFor(id, ELSEWHERE, 0)
    })
  }
  // #endif
  void ELSEWHERE
  await does()
}

// Whoever signs in again goes on with what is theirs.
watch([signedIn, active], run)
