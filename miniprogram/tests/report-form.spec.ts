import { mount } from '@vue/test-utils'
import { expect, it } from 'vitest'
import { cuesOf, saidAt, spread, written } from '@/parts/vtt'
import { clockOf, contentOf, faultAt, faultsIn, formOf, secondsOf } from '@/staff/report/report'
import { i18n, t } from '@/locale'
import { fitted } from '@/staff/step'
import { faults } from '@/steps/faults'
import Rows from '@/steps/Rows.vue'
import { fieldsOf, filled, fresh } from '@/steps/schema'

const matter = (content: object) =>
  ({
    kind: 'report',
    version: 4,
    report: { official: { name: '甲', title: '区长', unit: '城关区人民政府' }, cycle: { year: 2026, title: '述法', submit_by: '2026-12-20', longest_seconds: 300 }, content },
  }) as any

it('reads captions of both sorts, and spreads typed lines over a clip by their length', () => {
  const cues = cuesOf('1\r\n00:00:01,500 --> 00:00:02,000\r\n一\r\n\r\n2\r\n01:02.000 --> 01:03.000\r\n二\r\n三\r\n')
  expect(cues).toEqual([{ begin: 1.5, end: 2, text: '一' }, { begin: 62, end: 63, text: '二\n三' }])
  expect([saidAt(cues, 1.6), saidAt(cues, 2), saidAt(cues, 62)]).toEqual(['一', '', '二\n三'])
  const made = cuesOf(spread('四个字呢\n\n两字\n', 6))
  expect(made).toEqual([{ begin: 0, end: 4, text: '四个字呢' }, { begin: 4, end: 6, text: '两字' }])
  expect(spread(' \n', 6)).toBe('')
  expect(written(3725.25)).toBe('01:02:05.250')
})

it('makes of the form what was in it, and leaves out what is empty', () => {
  expect([clockOf(65), secondsOf('1:05'), secondsOf('07'), secondsOf('x')]).toEqual(['1:05', 65, 7, 0])
  const empty = formOf(matter({}))
  expect(empty).toMatchObject({ from: 4, saved: '', title: '城关区人民政府甲2026年度述法报告', problems: [''] })
  expect(contentOf(empty)).toEqual({ title: empty.title, forms: ['written'], sections: [], answers: [], problems: [], clips: [] })
  const told = {
    title: '报告', forms: ['media'], sections: [{ item: 'study', text: '学' }], answers: [], problems: ['一'], measures: '改',
    clips: [{ file: 'f', title: '讲', item: 'lead', interview: false, captions: 'WEBVTT\n\n00:00.000 --> 00:01.000\n好', marks: [{ at: 65, title: '问' }] }],
  }
  expect(contentOf(formOf(matter(told)))).toEqual(told)
})

it('tells what the server refused beside its field, and all that is below a field', () => {
  const fields = [
    { path: 'inputs.sections', message: '一' },
    { path: 'inputs.sections', message: '二' },
    { path: 'inputs.clips.0.marks.1.title', message: '三' },
    { path: 'inputs.clips.10.file', message: '四' },
  ]
  const faults = faultsIn({ fields })
  expect(faults.sections).toBe('一\n二')
  expect([faultAt(faults, 'clips.0'), faultAt(faults, 'clips.1'), faultAt(faults, 'clips.10')]).toEqual(['三', '', '四'])
})

it('draws a list of small forms, which begins empty and is sent as it was filled in', () => {
  const point = { type: 'object', required: ['text'], properties: { text: { type: 'string', title: '问题' }, at: { type: 'integer', title: '第几秒' } } }
  const [field] = fieldsOf({ required: ['points'], $defs: { Point: point }, properties: { points: { type: 'array', items: { $ref: '#/$defs/Point' }, title: '需要修改的地方', maxItems: 40 } } })
  expect(field).toMatchObject({ widget: 'rows', most: 40 })
  expect(fresh([field!])).toEqual({ points: [] })
  expect(filled({ points: [{ ...fresh(field!.items), text: ' 偏暗 ', at: 0 }] })).toEqual({ points: [{ text: '偏暗', at: 0 }] })
})

it('draws one row for each choice of a field, with sums of its numbers, and keeps what was typed by the choice', async () => {
  const number = (title: string) => ({ type: 'integer', 'x-widget': 'number', minimum: 0, title })
  const criterion = { 'x-widget': 'choice', enum: ['truthful', 'lawful'], 'x-labels': { truthful: '真实', lawful: '合法' }, 'x-notes': { truthful: '说明' } }
  const tally = { type: 'object', required: ['criterion'], properties: { criterion, five: number('5 分'), four: number('4 分') } }
  const fields = fieldsOf({ $defs: { Tally: tally }, properties: { tallies: { type: 'array', items: { $ref: '#/$defs/Tally' }, title: '各项得票', 'x-each': 'criterion' } } })
  const blank = fresh(fields)
  expect(blank.tallies.map((row: any) => row.criterion)).toEqual(['truthful', 'lawful'])
  const made = mount(Rows, { props: { field: fields[0]!, modelValue: [{ criterion: 'truthful', five: 12, four: 8 }, blank.tallies[1]], number: '', whose: { number: '' }, names: {} }, global: { plugins: [i18n] } })
  expect(made.findAll('.item').map((one) => one.attributes('aria-label'))).toEqual(['真实', '合法'])
  expect(made.text()).toContain(t('form.sum', { n: 20 }))
  expect(made.text()).toContain('说明')
  expect(made.text()).not.toContain(t('form.add'))
  await made.findAll('input')[2]!.trigger('input', { detail: { value: '7' } })
  expect((made.emitted('update:modelValue')![0] as any)[0][1].five).toBe(7)
  const kept = { tallies: [{ criterion: 'gone', five: 1 }, { criterion: 'lawful', five: 3 }] }
  expect(fitted(fields, kept, blank).tallies.map((row: any) => row.five)).toEqual(['', 3])
  expect(faults(fields, { 'inputs.tallies.1': '“合法”不一致', 'inputs.tallies.0.five': '有误' }).tallies).toBe('“合法”不一致\n真实 5 分：有误')
})
