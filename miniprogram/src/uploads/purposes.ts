// What the server takes, as it says itself; a file is looked at before a byte of it is sent.
import { ask } from '@/api/client'
import type { components } from '@/api/types'
import { keep, kept } from '@/kept/store'
import { t } from '@/locale'
import type { Chosen } from './content'
import { inBytes } from './words'

export type Purpose = components['schemas']['PurposeView']
const NAME = 'list:purposes'
let asked: Promise<Purpose[]> | undefined

/** Of this visit, else fresh, else as it was kept; empty where nothing is known: then the server alone decides. */
export function purposes(): Promise<Purpose[]> {
  return (asked ??= ask<Purpose[]>('/api/v1/uploads/purposes').then(
    (found) => (keep(NAME, found), found),
    () => ((asked = undefined), kept<Purpose[]>(NAME, [])),
  ))
}

/** The media type of a file whose phone gave none, or one that nobody else uses. */
export function typeOf(name: string, given = ''): string {
  const type = given.split(';')[0]!.trim().toLowerCase()
  const byName = BY_ENDING[name.toLowerCase().split('.').pop() ?? '']
  return (type && type !== 'application/octet-stream' ? type : byName) ?? ''
}

/** The first that takes this type, as the server chooses. */
export const purposeFor = (type: string, known: Purpose[]) => known.find(({ media_types }) => media_types.includes(type))

/** What is wrong with a file, in words; empty if nothing is. */
export function faultOf(file: Chosen, known: Purpose[], code = ''): string {
  if (!file.bytes) return t('upload.wrong.empty', { name: file.name })
  if (!known.length) return ''
  const purpose = purposeFor(file.type, code ? known.filter((one) => one.code === code) : known)
  if (!purpose) return t('upload.wrong.type', { name: file.name, kinds: kindsOf(known, code) })
  const said = { name: file.name, kind: purpose.name }
  if (file.bytes > purpose.most_bytes) {
    return t('upload.wrong.size', { ...said, most: inBytes(purpose.most_bytes), size: inBytes(file.bytes) })
  }
  if (purpose.most_seconds && (file.seconds ?? 0) > purpose.most_seconds) {
    return t('upload.wrong.long', { ...said, most: Math.floor(purpose.most_seconds / 60) })
  }
  return ''
}

/** What may be brought, in words; a purpose whose types all go to another is not chosen by files. */
const kindsOf = (known: Purpose[], code: string) =>
  known
    .filter((one) => (code ? one.code === code : one.media_types.some((type) => purposeFor(type, known) === one)))
    .map(({ name }) => name)
    .join(t('upload.and'))

/** Media types by the ending of a name. */
const BY_ENDING: Record<string, string> = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  gif: 'image/gif',
  heic: 'image/heic',
  heif: 'image/heif',
  mp4: 'video/mp4',
  m4v: 'video/mp4',
  mov: 'video/quicktime',
  '3gp': 'video/3gpp',
  webm: 'video/webm',
  mp3: 'audio/mpeg',
  m4a: 'audio/mp4',
  aac: 'audio/aac',
  wav: 'audio/wav',
  ogg: 'audio/ogg',
  amr: 'audio/amr',
  pdf: 'application/pdf',
  doc: 'application/msword',
  xls: 'application/vnd.ms-excel',
  ppt: 'application/vnd.ms-powerpoint',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  odt: 'application/vnd.oasis.opendocument.text',
  ods: 'application/vnd.oasis.opendocument.spreadsheet',
}

/** The endings of what is no photo, film or sound. */
export const DOCUMENTS = Object.keys(BY_ENDING).filter((ending) => BY_ENDING[ending]!.startsWith('application/'))
