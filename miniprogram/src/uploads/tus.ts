// What is said to the server about an upload: tus 1.0.0, by POST alone, as WeChat knows no PATCH.
import { type Answer, type Asked, exchange } from '@/api/client'
import { receiptOf } from '@/kept/receipts'
import { asStaff } from '@/kept/session'
import type { Upload } from './list'
import { ticketOf } from './tickets'

const PATH = '/api/v1/uploads'
const LONGEST_NAME = 100 // letters; the server cuts at 120, and its header has an end
const TIMEOUT = 90_000 // milliseconds for a piece: the smallest still arrives at 3 KB/s

/** Tell the server of a file; gives its id there. Raises Refused or Unreached, as all here do. */
export async function begun(item: Upload): Promise<string> {
  const told = { filename: item.name.slice(-LONGEST_NAME), filetype: item.type, purpose: item.purpose }
  const { header } = await say(item, '', {
    header: {
      'Upload-Length': String(item.bytes),
      'Upload-Metadata': Object.entries(told)
        .map(([name, value]) => `${name} ${base64(value)}`)
        .join(','),
    },
  })
  return header.location!.split('/').pop()!
}

/** How much of it the server has. */
export const offsetOf = async (item: Upload) =>
  offsetIn(await say(item, item.address, { header: { 'X-HTTP-Method-Override': 'HEAD' } }))

/** Send the bytes behind what the server has; gives how much it has then. */
export async function appended(item: Upload, offset: number, bytes: ArrayBuffer, sent: Asked['sent']): Promise<number> {
  const header = {
    'X-HTTP-Method-Override': 'PATCH',
    'Upload-Offset': String(offset),
    'Content-Type': 'application/offset+octet-stream',
  }
  return offsetIn(await say(item, item.address, { header, bytes, sent, timeout: TIMEOUT }))
}

/** Let the server forget it; only before it was handed in. */
export const takenBack = (item: Upload) =>
  say(item, item.address, { header: { 'X-HTTP-Method-Override': 'DELETE' } })

async function say(item: Upload, id: string, asked: Asked): Promise<Answer<unknown>> {
  const path = id ? `${PATH}/${id}` : PATH
  const whole: Asked = { ...asked, method: 'POST', header: { 'Tus-Resumable': '1.0.0', ...asked.header } }
  if (item.post) return asStaff((token) => exchange(path, { ...whole, token }))
  if (item.number) return exchange(path, { ...whole, receipt: receiptOf(item.number) })
  return exchange(path, { ...whole, ticket: await ticketOf(item.draft!) })
}

const offsetIn = ({ header }: Answer<unknown>) => Number(header['upload-offset'])

/** UTF-8 in Base64; WeChat has neither TextEncoder nor btoa. */
function base64(text: string): string {
  const letters = unescape(encodeURIComponent(text))
  return uni.arrayBufferToBase64(Uint8Array.from(letters, (letter) => letter.charCodeAt(0)).buffer)
}
