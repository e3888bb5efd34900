// A report as it is typed, and as it is sent.
import { uuid } from '@/api/client'
import type { components } from '@/api/types'
import { lastRegion } from './region'

type FileCase = components['schemas']['FileCase']
export type Unit = components['schemas']['UnitView']
export type Mode = components['schemas']['Mode']
export const MODES: Mode[] = ['anonymous', 'confidential', 'named']

export interface Draft {
  /** The Idempotency-Key, made with the draft: sent again from a killed page, it is still one report. */
  key: string
  scene: string
  mode: Mode
  text: string
  category: string
  units: Unit[]
  accused: string
  region: string
  day: string
  name: string
  phone: string
  /** Uploads, by their ids on this phone. */
  files: string[]
}

/** An empty report. Anonymous unless one chooses: what somebody sends without a thought gives away the least. */
export const blank = (): Draft => ({
  key: uuid(),
  scene: '',
  mode: 'anonymous',
  text: '',
  category: '',
  units: [],
  accused: '',
  region: lastRegion(),
  day: '',
  name: '',
  phone: '',
  files: [],
})

/** Whether there is anything that would be a loss. */
export const begun = (draft: Draft) =>
  draft.files.length > 0 || [draft.text, draft.accused, draft.name, draft.phone].some((text) => text.trim())

// The generated types say that every field with a default is there; they may be left out.
type Sent = Pick<FileCase, 'mode' | 'text' | 'region'> & Partial<Record<keyof FileCase, unknown>>

/** What is sent: what was left empty is left out; an anonymous report carries no contact, whatever was typed before. */
export function bodyOf(draft: Draft, notice = ''): Sent {
  const { mode, text, region } = draft
  const contact = { name: draft.name.trim(), phone: draft.phone.trim() }
  return {
    mode,
    text: text.trim(),
    region,
    ...(draft.category && { category: draft.category }),
    ...(draft.units[0] && { accused_unit: draft.units[0].id }),
    ...(draft.accused.trim() && { accused_text: draft.accused.trim() }),
    ...(draft.day && { occurred_on: draft.day }),
    ...(draft.scene && { scene: draft.scene }),
    ...(mode !== 'anonymous' && { contact }),
    ...(draft.files.length && { files: draft.files }),
    ...(notice && { privacy_version: notice }),
  }
}

/** The required fields that are still empty, by the API's path and in the order of the form. */
export function lacking(draft: Draft): string[] {
  const contact = draft.mode === 'anonymous' ? [] : (['name', 'phone'] as const).filter((part) => !draft[part].trim())
  return [
    ...(['text', 'region'] as const).filter((part) => !draft[part].trim()),
    ...contact.map((part) => `contact.${part}`),
  ]
}

/** What stands in a field, by the API's path, to tell whether it has changed. */
export function inField(draft: Draft, path: string): string {
  const { text, region, category } = draft
  const fields: Record<string, string> = {
    text,
    region,
    category,
    accused_unit: draft.units.map(({ id }) => id).join(),
    accused_text: draft.accused,
    occurred_on: draft.day,
    'contact.name': draft.name,
    'contact.phone': draft.phone,
    files: draft.files.join(),
  }
  return fields[path] ?? ''
}
