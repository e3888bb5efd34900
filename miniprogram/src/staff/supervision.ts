// What a supervision and a proposal to hold to account tell of themselves, as far as this reader may know.
import type { Matter, Said } from '@/api/matters'
import { t } from '@/locale'

export interface Interview {
  situation_label: string
  planned_on: string
  place: string
  held_on: string | null
  persons: string
  record: string
  undertakings: string[]
  due_on: string | null
  fulfilled_on: string | null
}

export interface Supervision {
  subject: string
  demands: string
  basis: string
  rung_label: string
  lead_unit: { name: string }
  by_unit: { name: string }
  answer_due: string | null
  accepted_on: string | null
  looked_back_on: string | null
  listing: Record<'leader_in_charge' | 'listed_on' | 'until' | 'accepted_on' | 'unlisted_on', string | null> | null
  interviews: Interview[]
  disqualified: Array<{ year: number; reason: string; revoked_on: string | null }>
  by_clock?: boolean
  postponed_until?: string | null
}

export interface Accountability {
  basis: string
  body_label: string
  body_unit: string | null
  receipt_number: string
  persons_named: number
  result: string
  outcomes: Array<{
    form_label: string
    sanction_label: string
    persons: number
    case_filed: boolean
    to_judiciary: boolean
    decided_on: string
    document: string
  }>
  persons?: string[]
}

const own = <T>(matter: Matter, kind: string) =>
  matter.kind === kind ? ((matter as Record<string, any>)[kind] as T) : null

export const supervisionOf = (matter: Matter) => own<Supervision>(matter, 'supervision')
export const accountabilityOf = (matter: Matter) => own<Accountability>(matter, 'accountability')

/** What there is to say, each with what it is called. */
export const linesOf = (group: string, said: Record<string, string | null | undefined>): Said[] =>
  Object.entries(said).flatMap(([name, text]) => (text ? [{ label: t(`${group}.${name}`), text }] : []))
