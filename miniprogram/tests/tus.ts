// Stand-ins for the uploads' tests: a server that speaks tus as ours does, and the browser's IndexedDB.
import { vi } from 'vitest'
import { type Answer, refusal, type Request, serve } from './serve'

/** Wait until this holds, on a busy machine too. */
export const met = (holds: () => void) => vi.waitFor(holds, { timeout: 20_000, interval: 10 })

export const PURPOSES = [
  { code: 'evidence_photo', name: '照片', media_types: ['image/jpeg'], most_bytes: 30 * 2 ** 20, most_seconds: null },
  { code: 'evidence_video', name: '视频', media_types: ['video/mp4'], most_bytes: 500 * 2 ** 20, most_seconds: 1800 },
  { code: 'report_video', name: '述法视频', media_types: ['video/mp4'], most_bytes: 500 * 2 ** 20, most_seconds: 300 },
]

export interface Held {
  length: number
  bytes: Uint8Array
  header: Record<string, string>
}

/** Answers as the server does, unless `fails` answers instead (null: no line). */
export function server(fails: (request: Request, what: string) => Answer | undefined = () => undefined) {
  const held = new Map<string, Held>()
  const said: string[] = []
  const asked = serve((request) => {
    const id = /uploads\/(u\d+)$/.exec(request.path)?.[1] ?? ''
    const override = request.header['X-HTTP-Method-Override']
    const what = override ? `${override} ${id}` : `${request.method} ${request.path.replace('/api/v1/', '')}`
    said.push(override === 'PATCH' ? `${what} ${request.header['Upload-Offset']}` : what)
    const failure = fails(request, said.at(-1)!)
    if (failure !== undefined) return failure
    if (request.path.endsWith('/purposes')) return { data: PURPOSES }
    if (request.path.endsWith('/tickets')) return { status: 201, data: { ticket: `ticket of ${request.body.idempotency_key}` } }
    if (request.path.endsWith('/uploads')) {
      const made = `u${held.size + 1}`
      held.set(made, { length: Number(request.header['Upload-Length']), bytes: new Uint8Array(), header: request.header })
      return { status: 201, data: '', header: { Location: `https://here/api/v1/uploads/${made}` } }
    }
    const upload = held.get(id)
    if (!upload) return refusal(404, 'not_found', '没有找到这个上传')
    if (override === 'DELETE') return held.delete(id), { status: 204, data: '' }
    if (override === 'PATCH') {
      if (Number(request.header['Upload-Offset']) !== upload.bytes.length) return refusal(409, 'offset', '位置不对')
      const before = upload.bytes
      upload.bytes = new Uint8Array(before.length + request.body.byteLength)
      upload.bytes.set(before)
      upload.bytes.set(new Uint8Array(request.body), before.length)
    }
    return { status: override === 'PATCH' ? 204 : 200, data: '', header: { 'Upload-Offset': String(upload.bytes.length) } }
  })
  return { held, said, asked }
}

/** What IndexedDB does for us, on a Map that outlives the app's modules. */
export function indexedDb(): Map<string, Blob> {
  const kept = new Map<string, Blob>()
  const later = (request: any, result?: unknown) => (queueMicrotask(() => ((request.result = result), request.oncomplete?.())), request)
  const transaction = () => {
    const self: any = {}
    const store = {
      put: (blob: Blob, id: string) => later(self, void kept.set(id, blob)),
      get: (id: string) => (later(self), { result: kept.get(id) }),
      delete: (id: string) => later(self, void kept.delete(id)),
    }
    return Object.assign(self, { objectStore: () => store })
  }
  const open = () => {
    const opening: any = { result: { transaction } }
    queueMicrotask(() => opening.onsuccess())
    return opening
  }
  Object.assign(globalThis, { indexedDB: { open } })
  return kept
}
