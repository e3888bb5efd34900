// What is wrong with a step's form, at the fields that it belongs to: what is empty, and what the server refused.
import { Refused } from '@/api/client'
import { t } from '@/locale'
import { eachOf, type FieldSpec, missing } from './schema'

export interface Changed {
  seq: number
  verb: string
  label: string
}

/** The steps that were taken since; empty where the refusal is another one, or they are not for this reader. */
export const changedIn = (details: Record<string, any>): Changed[] => details.changed ?? []
/** What the server found in a text that is to leave: the kind of each place, and what stands there. */
export const hitsIn = (details: Record<string, any>): string[] =>
  (details.hits ?? []).map((hit: { kind_label: string; text: string }) => `${hit.kind_label}：${hit.text}`)
export const isStale = (error: unknown) => error instanceof Refused && error.code === 'stale'

/** What is required and still empty, each field with the request to fill it in. */
export function unfilled(fields: FieldSpec[], value: Record<string, any>): Record<string, string> {
  const empty = missing(fields, value)
  const asked = fields.filter(({ name }) => empty.includes(name))
  return Object.fromEntries(asked.map(({ name, label }) => [name, t('page.fill', { field: label })]))
}

/** Which row is meant; one of a choice is told by the choice, unless the message is of all of it and names it. */
function placeOf(field: FieldSpec | undefined, row = '', part = ''): string {
  if (!/^\d+$/.test(row)) return ''
  if (field?.each) return part ? (eachOf(field)[Number(row)]?.label ?? '') : ''
  return t('form.item', { n: Number(row) + 1 })
}

/**
 * The server's faults (`inputs.claims.0.text`) at the fields they belong to, each with the row it is in.
 * What belongs to no field of this form comes under ''.
 */
export function faults(fields: FieldSpec[], said: Record<string, string>): Record<string, string> {
  const found: Record<string, string[]> = {}
  for (const [path, message] of Object.entries(said)) {
    const [name = '', row, part] = path.replace(/^inputs\.?/, '').split('.')
    const field = fields.find((one) => one.name === name)
    const item = field?.items.find((one) => one.name === part)
    const where = [placeOf(field, row, part), item?.label].filter(Boolean).join(' ')
    const text = where ? `${where}：${message}` : message
    ;(found[field ? name : ''] ??= []).push(field || !name ? text : `${name}：${text}`)
  }
  return Object.fromEntries(Object.entries(found).map(([name, messages]) => [name, messages.join('\n')]))
}
