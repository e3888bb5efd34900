// Days and times in words, by the clock of the offices (UTC+8) wherever the phone is.
import { locale } from '@/locale'

/** A moment as ISO time or in milliseconds, or a day as `2026-12-28`. */
type When = string | number

const OFFSET = 8 * 3_600_000 // milliseconds
const DAY = 24 * 3_600_000
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

/** `2026-12-28T09:05:00.000Z`, as if their clock were UTC's. */
const there = (when: When) => new Date(new Date(when).getTime() + OFFSET).toISOString()

/** `2026-12-28`. */
export const dayOf = (when: When) => there(when).slice(0, 10)

/** `09:05`. */
export const minuteOf = (when: When) => there(when).slice(11, 16)

/** Today, as `2026-12-28`. */
export const today = () => dayOf(Date.now())

/** `2026年12月28日`, `28 Dec 2026`; told in which year one is, without it in the same: `12月28日`, `28 Dec`. */
export function dayInWords(when: When, now?: When): string {
  const [year, month, day] = dayOf(when).split('-').map(Number) as [number, number, number]
  const same = now !== undefined && dayOf(now).startsWith(`${year}-`)
  if (locale() === 'en') return `${day} ${MONTHS[month - 1]}${same ? '' : ` ${year}`}`
  return `${same ? '' : `${year}年`}${month}月${day}日`
}

/** With hour and minute, as of a deadline. */
export const minuteInWords = (when: When, now?: When) => `${dayInWords(when, now)} ${minuteOf(when)}`

/** When something was done: an anonymous complainant's acts are dated with the start of their day, and show the day only. */
export function timeInWords(when: When, now?: When): string {
  return there(when).endsWith('T00:00:00.000Z') ? dayInWords(when, now) : minuteInWords(when, now)
}

/** How many days from one day to another; negative when the second is past. */
export const daysBetween = (from: When, to: When) => (Date.parse(dayOf(to)) - Date.parse(dayOf(from))) / DAY
