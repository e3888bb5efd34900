// The files of a matter as the server tells of them, and which copy of one shows what.
import type { components } from './types'
import { urlOf } from './matters'

/** What is covered in a picture, in parts (0 to 1) of it as shown; in a film from `begin` to `end` in seconds. */
export type Rectangle = components['schemas']['Covered']
export type FileCopy = components['schemas']['CopyView']
export type MatterFile = components['schemas']['FileView']
export type FileKind = 'photo' | 'video' | 'voice' | 'document'

export const filesUrl = (number: string) => `${urlOf(number)}/files`
export const fileUrl = (number: string, file: string) => `${filesUrl(number)}/${file}`

export const copiesOf = (file: MatterFile, kind: string) =>
  file.copies.filter((copy) => copy.kind === kind).sort((one, other) => one.place - other.place)

export const copyOf = (file: MatterFile, kind: string): FileCopy | undefined => copiesOf(file, kind)[0]

/** What it is: by its copies, which are sure, else by what its sender called it. */
export function kindOf(file: MatterFile): FileKind {
  for (const kind of ['photo', 'video', 'voice'] as const) if (copyOf(file, kind)) return kind
  if (file.copies.length) return 'document'
  const type = file.media_type.split('/')[0]
  return type === 'image' ? 'photo' : type === 'video' ? 'video' : type === 'audio' ? 'voice' : 'document'
}

/** Still on its way to be seen: it may look different soon. */
export const onItsWay = (file: MatterFile) => ['receiving', 'quarantined', 'processing'].includes(file.state)
