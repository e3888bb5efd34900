// Moments and deadlines in words. Days are China's, whatever the phone's own zone is.
import type { components } from '@/api/types'
import { locale, t } from '@/locale'

const DAY = 86_400_000 // milliseconds
const CHINA = 8 * 3_600_000 // milliseconds ahead of UTC
const SOON = 3 // days

/** How pressing something is; every tone has its words too. */
export type Tone = 'late' | 'today' | 'soon' | 'later' | 'still'
export interface Urgency {
  tone: Tone
  text: string
}

const dayOf = (moment: number) => Math.floor((moment + CHINA) / DAY)
const two = (count: number) => String(count).padStart(2, '0')

function parts(moment: string) {
  const there = new Date(Date.parse(moment) + CHINA)
  return {
    year: there.getUTCFullYear(),
    month: there.getUTCMonth() + 1,
    day: there.getUTCDate(),
    time: `${two(there.getUTCHours())}:${two(there.getUTCMinutes())}`,
  }
}

/** 2026年12月3日, without the year while it is this one. */
export function dayText(moment: string, now = Date.now()): string {
  const { year, month, day } = parts(moment)
  const same = year === parts(new Date(now).toISOString()).year
  return t(same ? 'staff.when.day' : 'staff.when.year', { year, month: two(month), day: two(day), m: month, d: day })
}

/** The day with the time. */
export const momentText = (moment: string, now = Date.now()) => `${dayText(moment, now)} ${parts(moment).time}`

/** 逾期 2 天, 今天到期, 还有 3 天. Whether it is late the server knows better than the phone's clock, where it says so. */
export function urgency(due: string, now = Date.now(), late = Date.parse(due) < now): Urgency {
  const days = dayOf(Date.parse(due)) - dayOf(now)
  if (late) return { tone: 'late', text: days < 0 ? t('staff.due.late', { n: -days }) : t('staff.due.lateToday') }
  if (days <= 0) {
    const { time } = parts(due)
    return { tone: 'today', text: time === '23:59' ? t('staff.due.today') : t('staff.due.todayAt', { time }) }
  }
  if (days === 1) return { tone: 'today', text: t('staff.due.tomorrow') }
  return { tone: days <= SOON ? 'soon' : 'later', text: t('staff.due.left', { n: days }) }
}

/** What a post is called: as the roster has it, which is Chinese; its role where it has no title or in another language. */
export const postName = ({ title, role_label }: components['schemas']['PostView']) =>
  (locale() === 'zh-Hans' && title) || role_label

/** A count as the server counts: it stops at 100. */
export const counted = (count: number | undefined) => (count === undefined ? '' : count >= 100 ? '99+' : String(count))
