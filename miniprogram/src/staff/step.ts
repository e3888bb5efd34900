// What was filled in: as it reads to the complainant, and fitted to the claims, or to the rules, as they are now.
import type { Said } from '@/api/matters'
import type { FieldSpec } from '@/steps/schema'
import { filled } from '@/steps/schema'
import { t } from '@/locale'

/** What was filled in, as labels and texts; ids by the names that were chosen. */
export function readable(
  fields: FieldSpec[],
  value: Record<string, any>,
  names: Record<string, string> = {},
  claims: string[] = [],
): Said[] {
  const given = filled(value)
  return fields.flatMap((field) => {
    const text = textOf(field, given[field.name], names, claims)
    return text ? [{ label: field.label, text }] : []
  })
}

function textOf(field: FieldSpec, given: unknown, names: Record<string, string>, claims: string[]): string {
  if (given === undefined) return ''
  if (Array.isArray(given) && field.items.length) {
    return given
      .map((row, place) => {
        const parts = field.items.filter(({ name }) => name !== 'claim')
        const texts = readable(parts, row, names).map(({ label, text }) => `${label}：${text}`)
        return [`${t('form.item', { n: place + 1 })} ${claims[place] ?? ''}`.trim(), ...texts].join('\n')
      })
      .join('\n')
  }
  if (Array.isArray(given)) {
    const texts = given.map((one) => textOf(field, one, names, claims))
    return field.widget === 'claims' ? texts.map((text, n) => `${n + 1}. ${text}`).join('\n') : texts.join('、')
  }
  if (typeof given === 'boolean') return t(given ? 'page.yes' : 'page.no')
  if (field.widget === 'score') return `${given} ${t(`form.score.${given}`)}`
  const choice = field.choices.find(({ value }) => value === given)
  return choice?.label ?? names[String(given)] ?? String(given)
}

/** A form's rows for the claims, or for a field's choices, as they are now: what was written to each stays, new ones come empty. */
export function fitted(fields: FieldSpec[], value: Record<string, any>, blank: Record<string, any>): Record<string, any> {
  const rows = fields.filter((field) => field.widget === 'claims' && field.items.length)
  const fit = ({ name }: FieldSpec) => [
    name,
    (blank[name] as object[]).map((row, place) => ({ ...row, ...value[name]?.[place], ...('claim' in row && { claim: place }) })),
  ]
  const chosen = fields.filter((field) => field.each)
  const refit = ({ name, each }: FieldSpec) => [
    name,
    (blank[name] as Array<Record<string, any>>).map((row) => ({ ...row, ...value[name]?.find((one: any) => one[each] === row[each]) })),
  ]
  return { ...blank, ...value, ...Object.fromEntries([...rows.map(fit), ...chosen.map(refit)]) }
}
