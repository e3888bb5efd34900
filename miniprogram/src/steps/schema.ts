// A step's JSON schema as a list of fields to draw. The client knows widgets, never steps.
export interface Choice {
  value: string
  label: string
  /** What it brings, where that is to be known before it is chosen. */
  note?: string
}

export interface FieldSpec {
  name: string
  label: string
  hint: string
  /** text, choice, claims, category, region, unit, person, post, score, flag, date, file, marks, rows; else by its type. */
  widget: string
  required: boolean
  many: boolean
  /** Of what it chooses: `matter` is what the matter has already. */
  of: string
  lines: boolean
  max: number
  most: number
  choices: Choice[]
  templates: Array<{ title: string; text: string }>
  /** What the form begins with. */
  begins: string
  /** The fields of each item, where a list holds more than texts. */
  items: FieldSpec[]
  /** The field of which each choice has its row, where the list has no others. */
  each: string
}

type Schema = Record<string, any>
const BY_TYPE: Record<string, string> = { boolean: 'flag', string: 'text', integer: 'number', number: 'number' }

/** The fields of a schema in their order. */
export function fieldsOf(schema: Schema, defs: Schema = schema.$defs ?? {}): FieldSpec[] {
  const required: string[] = schema.required ?? []
  return Object.entries<Schema>(schema.properties ?? {}).map(([name, given]) => {
    const optional = given.anyOf?.find((branch: Schema) => branch.type !== 'null')
    const own = { ...given, ...optional }
    const spec: Schema = { ...resolved(own, defs), ...own }
    const inner = spec.items ? resolved(spec.items, defs) : {}
    const values: string[] = spec.enum ?? (spec.const === undefined ? [] : [spec.const])
    return {
      name,
      label: given.title ?? spec.title ?? name,
      hint: given.description ?? spec.description ?? '',
      widget: spec['x-widget'] ?? (values.length ? 'choice' : inner.properties ? 'rows' : (BY_TYPE[spec.type] ?? 'text')),
      required: required.includes(name),
      many: Boolean(spec.many),
      of: spec.of ?? '',
      lines: Boolean(spec.multiline),
      max: spec.maxLength ?? spec.items?.maxLength ?? inner.maxLength ?? 200,
      most: spec.maxItems ?? 20,
      choices: values.map((value) => ({
        value,
        label: spec['x-labels']?.[value] ?? value,
        ...(spec['x-notes']?.[value] && { note: spec['x-notes'][value] }),
      })),
      templates: spec['x-templates'] ?? [],
      begins: typeof spec.default === 'string' ? spec.default : '',
      items: inner.properties ? fieldsOf(inner, defs) : [],
      each: spec['x-each'] ?? '',
    }
  })
}

function resolved(schema: Schema, defs: Schema): Schema {
  const name = String(schema.$ref ?? '').split('/').pop() ?? ''
  return name ? (defs[name] ?? {}) : schema
}

/** The choices that have a row each. */
export const eachOf = (field: FieldSpec): Choice[] => field.items.find(({ name }) => name === field.each)?.choices ?? []

/** What a form begins with: nothing chosen, empty lists, a row for each of the matter's claims or of a field's choices. */
export function fresh(fields: FieldSpec[], claims: string[] = []): Record<string, any> {
  return Object.fromEntries(fields.map((field) => [field.name, blank(field, claims)]))
}

function blank(field: FieldSpec, claims: string[]): unknown {
  if (field.widget === 'claims' && field.items.length) {
    return claims.map((_, place) => ({ ...fresh(field.items), ...(has(field, 'claim') && { claim: place }) }))
  }
  if (field.each) return eachOf(field).map(({ value }) => ({ ...fresh(field.items), [field.each]: value }))
  if (field.widget === 'claims' || field.widget === 'marks' || field.widget === 'rows' || field.many) return []
  return field.widget === 'flag' || field.widget === 'score' ? null : field.begins
}

const has = (field: FieldSpec, name: string) => field.items.some((item) => item.name === name)

/** What is sent: what was left empty is left out. */
export function filled(value: Record<string, any>): Record<string, any> {
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, given]) => [name, trimmed(given)] as const)
      .filter(([, given]) => given !== '' && given !== null && given !== undefined),
  )
}

function trimmed(given: unknown): unknown {
  if (typeof given === 'string') return given.trim()
  if (!Array.isArray(given)) return given
  return given
    .map((item) => (item && typeof item === 'object' ? filled(item as Record<string, any>) : trimmed(item)))
    .filter((item) => item !== '')
}

/** What the choices that were made bring. */
export const consequences = (fields: FieldSpec[], value: Record<string, any>): string[] =>
  fields.flatMap(({ name, choices }) => choices.find((one) => one.value === value[name])?.note ?? [])

/** The fields that are required and still empty, by name. */
export function missing(fields: FieldSpec[], value: Record<string, any>): string[] {
  const given = filled(value)
  return fields
    .filter((field) => field.required)
    .filter(({ name }) => given[name] === undefined || (Array.isArray(given[name]) && !given[name].length))
    .map(({ name }) => name)
}
