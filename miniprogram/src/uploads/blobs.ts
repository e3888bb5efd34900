// Contents in a browser: Blobs, kept in IndexedDB so that a reload does not lose them.
import type { Chosen, Content } from './content'
import type { Upload } from './list'

const held = new Map<string, Blob>()
const links = new Map<string, string>()
let database: Promise<IDBDatabase | null> | undefined

/** Hold what was chosen; it is written down meanwhile, where the browser allows. Gives no path. */
export async function kept(id: string, chosen: Chosen): Promise<string | undefined> {
  held.set(id, chosen.blob!)
  void within('readwrite', (store) => store.put(chosen.blob!, id))
  return undefined
}

export async function opened({ id }: Upload): Promise<Content | null> {
  const blob = held.get(id) ?? (await within<Blob>('readonly', (store) => store.get(id)))
  if (!blob) return null
  held.set(id, blob)
  return { bytes: blob.size, piece: (from, to) => bytesOf(blob.slice(from, to)) }
}

export async function dropped({ id }: Upload): Promise<void> {
  held.delete(id)
  if (links.has(id)) URL.revokeObjectURL(links.get(id)!)
  links.delete(id)
  await within('readwrite', (store) => store.delete(id))
}

/** An address to show it by; empty when its content is not here. */
export async function linkOf(item: Upload): Promise<string> {
  if (!links.has(item.id) && (await opened(item))) links.set(item.id, URL.createObjectURL(held.get(item.id)!))
  return links.get(item.id) ?? ''
}

// Blob.arrayBuffer is younger than the phones in use.
const bytesOf = (blob: Blob): Promise<ArrayBuffer> =>
  new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(reader.result as ArrayBuffer)
    reader.onerror = () => reject(reader.error)
    reader.readAsArrayBuffer(blob)
  })

/** Do something in the store; null where the browser keeps nothing (private window, no room). */
async function within<T>(mode: IDBTransactionMode, does: (store: IDBObjectStore) => IDBRequest): Promise<T | null> {
  const base = await (database ??= connected())
  return new Promise((resolve) => {
    if (!base) return resolve(null)
    try {
      const transaction = base.transaction('blobs', mode)
      const request = does(transaction.objectStore('blobs'))
      transaction.oncomplete = () => resolve((request.result as T) ?? null)
      transaction.onerror = transaction.onabort = () => resolve(null)
    } catch {
      resolve(null)
    }
  })
}

function connected(): Promise<IDBDatabase | null> {
  return new Promise((resolve) => {
    try {
      const opening = indexedDB.open('yijian-uploads', 1)
      opening.onupgradeneeded = () => opening.result.createObjectStore('blobs')
      opening.onsuccess = () => resolve(opening.result)
      opening.onerror = opening.onblocked = () => resolve(null)
    } catch {
      resolve(null)
    }
  })
}
