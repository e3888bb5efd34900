// What is said of a file: what it is called here, where it stands, how large and how long it is.
import { kindOf, type MatterFile } from '@/api/files'
import { t } from '@/locale'

/** `照片 2`: what it was brought as, and which of those it is. Its name may say too much to be read aloud, or nothing. */
export function calledIn(files: MatterFile[], file: MatterFile): string {
  const alike = files.filter(({ purpose_label }) => purpose_label === file.purpose_label)
  return `${file.purpose_label} ${alike.findIndex(({ id }) => id === file.id) + 1}`
}

/** Where it stands, in words; a part of 100 while it is worked on. */
export function stateOf(file: MatterFile): string {
  if (file.state === 'processing' && file.progress) return t('file.state.processing.at', { n: file.progress })
  if (file.state === 'ready' && !file.copies.length) return t('file.state.unshown')
  return t(`file.state.${file.state}`)
}

/** Why it can't be shown, as the server puts it; one of before told only a code. */
export function problemOf(file: MatterFile): string {
  if (!['refused', 'failed', 'abandoned'].includes(file.state)) return ''
  return file.problem_text || t(`file.problem.${file.state}`)
}

/** `830 KB`, `12.5 MB`. */
export function sizeInWords(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 999_500) return `${Math.round(bytes / 1000)} KB`
  const millions = bytes / 1_000_000
  return `${millions < 99.95 ? millions.toFixed(1).replace(/\.0$/, '') : Math.round(millions)} MB`
}

/** `1:05`, `1:02:09`. */
export function lengthInWords(seconds: number): string {
  const whole = Math.floor(Math.max(0, seconds))
  const two = (part: number) => String(part).padStart(2, '0')
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60]
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`
}

/** How long it lasts in seconds, as processing found; 0 where that is not known. */
export const secondsOf = (file: MatterFile) => Number(file.facts.seconds ?? 0) || 0

/** A photo that can be looked at. */
export const isPhoto = (file: MatterFile) => kindOf(file) === 'photo' && file.state === 'ready' && file.copies.length > 0
