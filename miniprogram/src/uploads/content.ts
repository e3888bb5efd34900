// The bytes of what is uploaded, on either target: kept so that they outlive the app, read piece by piece.
import { sha256 } from 'js-sha256'
import * as blobs from './blobs'
import * as paths from './paths'

let place: typeof blobs = paths
// #ifdef H5
place = blobs
// #endif
export const { dropped, kept, linkOf, opened } = place

/** Something that was just chosen or recorded. */
export interface Chosen {
  name: string
  type: string
  bytes: number
  /** How long it plays, where the phone tells. */
  seconds?: number
  /** In a browser. */
  blob?: Blob
  /** In the mini-program. */
  path?: string
}

export interface Content {
  bytes: number
  /** Raises when it can't be read any more. */
  piece(from: number, to: number): Promise<ArrayBuffer>
}

const END = 64 * 1024 // bytes at either end that tell a file from others

/** Tells whether a file that is chosen again is the one of which the server has a part already. */
export async function markOf(content: Content): Promise<string> {
  const hash = sha256.create()
  hash.update(await content.piece(0, Math.min(END, content.bytes)))
  if (content.bytes > END) hash.update(await content.piece(Math.max(END, content.bytes - END), content.bytes))
  return hash.hex()
}
