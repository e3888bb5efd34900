// How pressing a deadline is, what a post is called and a count, in words.
import type { components } from '@/api/types'
import { locale, t } from '@/locale'
import { minuteOf, daysBetween } from '@/parts/days'

const SOON = 3 // days

/** How pressing something is; every tone has its words too. */
export type Tone = 'late' | 'today' | 'soon' | 'later' | 'still'
export interface Urgency {
  tone: Tone
  text: string
}

/** 逾期 2 天, 今天到期, 还有 3 天. Whether it is late the server knows better than the phone's clock, where it says so. */
export function urgency(due: string, now = Date.now(), late = Date.parse(due) < now): Urgency {
  const days = daysBetween(now, due)
  if (late) return { tone: 'late', text: days < 0 ? t('staff.due.late', { n: -days }) : t('staff.due.lateToday') }
  if (days <= 0) {
    const time = minuteOf(due)
    return { tone: 'today', text: time === '23:59' ? t('staff.due.today') : t('staff.due.todayAt', { time }) }
  }
  if (days === 1) return { tone: 'today', text: t('staff.due.tomorrow') }
  return { tone: days <= SOON ? 'soon' : 'later', text: t('staff.due.left', { n: days }) }
}

/** How well a notice fared; its words are the server's. */
export const toneOf = (fate: string) =>
  (({ arrived: 'good', sent: 'good', waiting: 'soon', uncertain: 'still', failed: 'late', refused: 'late' }) as const)[fate]

/** What a post is called: as the roster has it, which is Chinese; its role where it has no title or in another language. */
export const postName = ({ title, role_label }: components['schemas']['PostView']) =>
  (locale() === 'zh-Hans' && title) || role_label

/** A count as the server counts: it stops at 100. */
export const counted = (count: number | undefined) => (count === undefined ? '' : count >= 100 ? '99+' : String(count))
