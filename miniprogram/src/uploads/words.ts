// Sizes, lengths and states in words.
import { t } from '@/locale'
import type { Upload } from './list'

const UNITS = ['B', 'KB', 'MB', 'GB']

/** A size as people say it. */
export function inBytes(bytes: number): string {
  const step = Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(bytes, 1)) / 10))
  const value = bytes / 2 ** (10 * step)
  return `${step && value < 10 ? value.toFixed(1).replace(/\.0$/, '') : Math.round(value)} ${UNITS[step]}`
}

/** Minutes and seconds. */
export function inMinutes(seconds: number): string {
  const whole = Math.floor(seconds)
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}

/** How much of some files is at the server, of 100. */
export function percentOf(items: Array<Pick<Upload, 'offset' | 'bytes'>>): number {
  const all = items.reduce((sum, { bytes }) => sum + bytes, 0)
  return all ? Math.floor((items.reduce((sum, { offset }) => sum + offset, 0) / all) * 100) : 0
}

/** How it stands with an upload; `busy`: bytes are on their way now, `resting`: after a failure. */
export function stateInWords(item: Upload, busy: boolean, resting: boolean): string {
  if (item.state === 'refused') return item.why || t('upload.refused')
  if (item.state !== 'waits') return t(`upload.${item.state}`)
  const percent = percentOf([item])
  return t(busy ? 'upload.sending' : resting ? 'upload.resting' : 'upload.waits', { percent })
}
