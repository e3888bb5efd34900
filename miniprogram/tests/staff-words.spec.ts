import { expect, it } from 'vitest'
import { setLanguage } from '@/locale'
import { counted, urgency } from '@/staff/words'
import { inside, matterPage, numberIn, stepPage } from '@/staff/ways'

const at = (moment: string) => Date.parse(`${moment}+08:00`)
const due = '2026-12-03T23:59:59+08:00'

it.each([
  ['2026-12-05T00:00:00', 'late', '逾期 2 天'],
  ['2026-12-04T00:00:00', 'late', '逾期 1 天'],
  ['2026-12-03T23:59:59', 'today', '今天到期'],
  ['2026-12-03T00:00:00', 'today', '今天到期'],
  ['2026-12-02T23:59:59', 'today', '明天到期'],
  ['2026-12-01T23:59:59', 'soon', '还有 2 天'],
  ['2026-11-30T00:00:00', 'soon', '还有 3 天'],
  ['2026-11-29T23:59:59', 'later', '还有 4 天'],
])('says at %s how pressing it is', (now, tone, text) => {
  expect(urgency(due, at(now))).toEqual({ tone, text })
})

it('counts days of China in whatever zone the phone is', () => {
  expect(urgency(due, Date.parse('2026-12-03T15:59:00Z')).text).toBe('今天到期')
  expect(urgency(due, Date.parse('2026-12-03T16:00:00Z')).text).toBe('逾期 1 天')
})

it('names the hour of a term in hours, and believes the server about what is late', () => {
  const noon = '2026-12-03T12:30:00+08:00'
  expect(urgency(noon, at('2026-12-03T09:00:00')).text).toBe('今天 12:30 到期')
  expect(urgency(noon, at('2026-12-03T13:00:00'))).toEqual({ tone: 'late', text: '今天已逾期' })
  expect(urgency(due, at('2026-12-01T00:00:00'), true).text).toBe('今天已逾期')
  expect(urgency(due, at('2026-12-04T09:00:00'), false).tone).toBe('today')
})

it('speaks English', () => {
  setLanguage('en')
  expect(urgency(due, at('2026-12-05T00:00:00')).text).toBe('2 d overdue')
  setLanguage('zh-Hans')
})

it('stops counting where the server stops', () => {
  expect([counted(0), counted(99), counted(100), counted(undefined)]).toEqual(['0', '99', '99+', ''])
})

it('leads back to our own pages only', () => {
  const step = stepPage('JB2026-AAAA1111', 'screen')
  expect(inside(encodeURIComponent(step))).toBe(step)
  expect(inside(matterPage('JB2026-AAAA1111'))).toBe('/staff/matter/index?number=JB2026-AAAA1111')
  for (const foreign of ['https://else.where/', '//else.where', '/staff/../q', 'javascript:alert(1)', '%', '', undefined]) {
    expect(inside(foreign)).toBe('')
  }
})

it('finds a number in what was pasted', () => {
  expect(numberIn(' 编号：jb2026-k1dw856f。')).toBe('JB2026-K1DW856F')
  expect(numberIn('2026-11-11')).toBe('')
})
