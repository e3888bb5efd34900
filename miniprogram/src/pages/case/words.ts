// A case in the words of whoever reported it: where it stands, what of the promised time is left.
import type { Matter } from '@/api/matters'
import { t } from '@/locale'
import { dayInWords, daysBetween, today } from '@/parts/days'

/** What the server tells a complainant of their case beside what every matter has. */
export interface Mine {
  mode?: string
  mode_label?: string
  stage_plain?: string
  category?: { name: string }
  promises?: { accept_by?: string | null; finish_by?: string | null }
  texts?: string[]
  answer_shown?: Array<{ label: string; text: string }>
  outcome_label?: string
}

export const mine = (matter: Matter) => (matter.case ?? {}) as Mine

/** Where it stands, as a complainant is told. */
export const stageOf = (matter?: Matter | null) => (matter ? mine(matter).stage_plain || matter.stage_label : '')

/** To when something may be done, and how many days that is. */
export function untilOf(until: string, now = today()): string {
  const days = daysBetween(now, until)
  return t(days > 0 ? 'case.until' : 'case.until.today', { day: dayInWords(until), n: days })
}

export interface Clock {
  /** What is promised until when, or why the clock doesn't run. */
  words: string
  left: string
  state: 'runs' | 'late' | 'paused' | 'over'
  /** How much of the time is gone, in percent. */
  gone: number
}

/** The promise clock of a matter; null where nothing is promised. */
export function clockOf(matter: Matter, now = today()): Clock | null {
  const { accept_by, finish_by } = mine(matter).promises ?? {}
  if (matter.ended_at) return { words: t('case.ended', { day: dayInWords(matter.ended_at) }), left: '', state: 'over', gone: 100 }
  if (matter.clock_stopped_at) return { words: t('case.answered'), left: '', state: 'over', gone: 100 }
  const due = matter.statutory_due ?? finish_by
  if (!due) return null
  const whole = Math.max(1, daysBetween(matter.filed_on, due))
  const gone = Math.min(100, Math.max(2, Math.round((daysBetween(matter.filed_on, now) / whole) * 100)))
  const words = t(matter.statutory_due ? 'case.finishBy' : 'case.finishAbout', { day: dayInWords(due) })
  if (matter.paused_since) return { words: t('case.paused', { day: dayInWords(matter.paused_since) }), left: '', state: 'paused', gone }
  const days = daysBetween(now, due)
  if (days < 0) return { words, left: t('case.late', { n: -days }), state: 'late', gone: 100 }
  const accept = !matter.statutory_due && accept_by ? t('case.acceptBy', { day: dayInWords(accept_by) }) : ''
  return { words: [accept, words].filter(Boolean).join('\n'), left: t(days ? 'case.left' : 'case.today', { n: days }), state: 'runs', gone }
}
