import { expect, it } from 'vitest'
import { cuesOf, saidAt, spread, written } from '@/parts/vtt'
import { clockOf, contentOf, faultAt, faultsIn, formOf, secondsOf } from '@/staff/report/report'
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
