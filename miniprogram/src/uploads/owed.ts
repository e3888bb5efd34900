// Uploads in what is sent: before it goes, each has the server's id in its place; once it has arrived, they belong to it.
import { Refused, Unreached } from '@/api/client'
import { receiptOf, receipts } from '@/kept/receipts'
import { signedIn } from '@/kept/session'
import { kept, names } from '@/kept/store'
import { t } from '@/locale'
import { watch } from 'vue'
import { note, refsIn, type Upload, uploadOf, uploads } from './list'
import { addressOf, anew, refuse, remove, run } from './sending'
import { forgetTicket, ticketOf } from './tickets'

const YOUNG = 5000 // milliseconds in which the form that an upload was chosen for may not have been written down yet

/** Raise Refused if a form names a file that can't be sent: somebody is there to take it out or choose it again. */
export function checked(body: unknown): void {
  const stuck = refsIn(body).map(uploadOf).filter((one) => one && !one.address && isStuck(one))
  if (stuck.length) throw new Refused(422, 'upload_stuck', t('upload.stuck', { names: stuck.map((one) => one!.name).join('、') }))
}

/**
 * What is really sent: each upload by the server's id, and the ticket if they came with one. Those that can't be sent
 * any more are left out: what was written goes all the same. Raises Refused or Unreached when it has to wait.
 */
export async function settled(body: unknown): Promise<{ body: unknown; ticket?: string }> {
  const ids = new Map<string, string>()
  let draft: string | undefined
  for (const id of refsIn(body)) {
    const item = uploadOf(id)
    if (!item || (!item.address && isStuck(item))) continue
    try {
      ids.set(id, await addressOf(id))
      draft = item.draft ?? draft
    } catch (error) {
      if (error instanceof Unreached || !(error instanceof Refused)) throw error
      if (error.passing || error.status >= 500 || error.status === 401) throw error
      refuse(id, error.message)
    }
  }
  // What has no id any more leaves a hole in its list, which is closed.
  const told = JSON.parse(JSON.stringify(body), (_, value) =>
    Array.isArray(value) ? value.flatMap((one) => [one]) : isRef(value) ? ids.get(value) : value,
  )
  return { body: told, ticket: draft && ids.size ? await ticketOf(draft) : undefined }
}

/** Whether it is the files that the server would not have: their time is over, or that of their ticket. */
export function filesRefused(error: unknown): boolean {
  const paths = error instanceof Refused ? Object.keys(error.fields) : []
  return paths.length > 0 && paths.every((path) => /^(Upload-Ticket|(inputs\.)?files\.\d+)$/.test(path))
}

/** Begin all uploads of what is sent at the beginning. */
export function begunAnew(body: unknown): void {
  for (const id of refsIn(body)) {
    forgetTicket(uploadOf(id)?.draft ?? '')
    anew(id)
  }
}

/** What was sent has arrived: its uploads go on as the matter's, with the receipt if there is one. */
export function handedIn(body: unknown, number?: string): void {
  const ids = refsIn(body)
  for (const id of ids) {
    const item = uploadOf(id)
    if (item?.draft) forgetTicket(item.draft)
    note(id, { handed: true, ...(item?.draft && { draft: undefined, number }) })
    if (item?.state === 'done') void remove(id)
    else if (item && !item.address && item.state !== 'refused') note(id, { state: 'lost' }) // it went without it
  }
  run()
}

/** What was handed in and is not all there yet; of one matter, or of all. */
export const underWay = (number?: string) =>
  uploads.value.filter((one) => one.handed && one.state !== 'done' && (!number || one.number === number))

/** Keep no upload that no form, nothing owed and no receipt on this phone speaks of any more. */
export async function swept(young = YOUNG): Promise<void> {
  const forms = names().filter((name) => name.startsWith('draft:')).map((name) => kept<unknown>(name, null))
  const spoken = new Set(refsIn([forms, kept<unknown>('outbox', [])]))
  const gone = uploads.value.filter((one) =>
    one.handed
      ? one.number !== undefined && !receiptOf(one.number)
      : !spoken.has(one.id) && Date.now() - Date.parse(one.at) >= young,
  )
  await Promise.all(gone.map(({ id }) => remove(id)))
  const drafts = new Set(uploads.value.map(({ draft }) => draft))
  names().filter((name) => name.startsWith('ticket:') && !drafts.has(name.slice('ticket:'.length))).forEach(forgetNamed)
}

const isRef = (value: unknown): value is string => typeof value === 'string' && refsIn(value)[0] === value
const forgetNamed = (name: string) => forgetTicket(name.slice('ticket:'.length))
const isStuck = ({ state }: Upload) => state === 'refused' || state === 'gone' || state === 'lost'

// A receipt that was taken off this phone, or a session that was ended, takes what it would have sent along.
watch([receipts, signedIn], () => void swept())
