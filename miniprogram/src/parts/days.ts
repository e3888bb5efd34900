// Days and times in words, by the clock of the offices (UTC+8) wherever the phone is.
import { locale } from '@/locale'

const OFFSET = 8 * 3_600_000 // milliseconds
const DAY = 24 * 3_600_000
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

/** `2026-12-28` of a day or a time. */
export function dayOf(when: string): string {
  return when.length === 10 ? when : new Date(Date.parse(when) + OFFSET).toISOString().slice(0, 10)
}

/** Today, as `2026-12-28`. */
export const today = () => dayOf(new Date().toISOString())

/** `2026年12月28日`, `28 Dec 2026`. */
export function dayInWords(when: string): string {
  const [year, month, day] = dayOf(when).split('-').map(Number) as [number, number, number]
  return locale() === 'en' ? `${day} ${MONTHS[month - 1]} ${year}` : `${year}年${month}月${day}日`
}

/** With hour and minute; an anonymous complainant's acts have none and show their day only. */
export function timeInWords(when: string): string {
  const clock = new Date(Date.parse(when) + OFFSET).toISOString().slice(11, 16)
  return clock === '00:00' ? dayInWords(when) : `${dayInWords(when)} ${clock}`
}

/** How many days from one day to another; negative when the second is past. */
export const daysBetween = (from: string, to: string) => (Date.parse(dayOf(to)) - Date.parse(dayOf(from))) / DAY
