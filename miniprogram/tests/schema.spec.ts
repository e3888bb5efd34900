import { expect, it } from 'vitest'
import { fieldsOf, filled, fresh, missing } from '@/steps/schema'

const schema = {
  type: 'object',
  required: ['claims', 'summary', 'solved'],
  $defs: {
    Kind: { enum: ['done', 'partly'], type: 'string' },
    ClaimAnswer: {
      type: 'object',
      required: ['claim', 'text'],
      properties: {
        claim: { type: 'integer', title: '第几项' },
        text: { type: 'string', title: '答复', 'x-widget': 'text', multiline: true, maxLength: 4000 },
        kind: { $ref: '#/$defs/Kind', title: '结果', 'x-widget': 'choice', 'x-labels': { done: '已解决', partly: '部分' } },
      },
    },
  },
  properties: {
    claims: { type: 'array', items: { $ref: '#/$defs/ClaimAnswer' }, title: '逐项答复', 'x-widget': 'claims', maxItems: 20 },
    summary: { type: 'string', title: '概述', 'x-widget': 'text', multiline: true, maxLength: 4000, description: '先看到的话' },
    solved: { type: 'boolean', title: '是否解决', 'x-widget': 'flag' },
    unit: { anyOf: [{ type: 'string', format: 'uuid', 'x-widget': 'unit' }, { type: 'null' }], default: null, title: '主办单位' },
    unknown: { type: 'string', title: '以后才有的', 'x-widget': 'hologram' },
  },
}

it('reads references, optional fields and widgets it has never heard of', () => {
  const [claims, summary, solved, unit, unknown] = fieldsOf(schema)
  expect(claims!.items.map(({ name }) => name)).toEqual(['claim', 'text', 'kind'])
  expect(claims!.items[2]!.choices).toEqual([{ value: 'done', label: '已解决' }, { value: 'partly', label: '部分' }])
  expect(summary).toMatchObject({ lines: true, max: 4000, required: true, hint: '先看到的话' })
  expect(solved!.widget).toBe('flag')
  expect(unit).toMatchObject({ widget: 'unit', required: false, label: '主办单位' })
  expect(unknown!.label).toBe('以后才有的')
})

it('begins with a row for each claim and sends only what was filled in', () => {
  const fields = fieldsOf(schema)
  const value = fresh(fields, ['退还保证金', '书面说明'])
  expect(value.claims.map(({ claim }: { claim: number }) => claim)).toEqual([0, 1])
  expect(missing(fields, value)).toEqual(['summary', 'solved'])
  value.claims[0].text = ' 已退还 '
  Object.assign(value, { summary: '已办', solved: false })
  expect(missing(fields, value)).toEqual([])
  expect(filled(value)).toEqual({ claims: [{ claim: 0, text: '已退还' }, { claim: 1 }], summary: '已办', solved: false })
})
