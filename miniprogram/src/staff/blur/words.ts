// Rectangles and moments of a film in words.
import type { Rectangle } from '@/api/files'
import { t } from '@/locale'
import { lengthInWords } from '@/parts/fileWords'
import { percents } from './geometry'

/** `0:03.5`. */
export const moment = (seconds: number) => `${lengthInWords(seconds + 1e-6)}.${Math.floor((seconds % 1) * 10 + 1e-6)}`

/** Where a rectangle lies, and in a film from when to when. */
export function placeOf(one: Rectangle, film: boolean): string {
  const place = t('staff.blur.place', percents(one))
  if (!film) return place
  const end = one.end === null ? t('staff.blur.end') : moment(one.end)
  return `${place}；${moment(one.begin)}–${end}`
}
