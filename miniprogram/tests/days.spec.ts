import { expect, it } from 'vitest'
import { setLanguage } from '@/locale'
import { dayInWords, dayOf, daysBetween, minuteInWords, timeInWords } from '@/parts/days'

const midnight = '2026-12-03T00:00:00+08:00'

it('counts days of China in whatever zone the phone is', () => {
  expect(dayOf('2026-12-02T15:59:59Z')).toBe('2026-12-02')
  expect(dayOf('2026-12-02T16:00:00Z')).toBe('2026-12-03')
  expect(dayOf('2026-12-03')).toBe('2026-12-03')
  expect(daysBetween('2026-12-02T16:00:00Z', '2026-12-01')).toBe(-2)
})

it('leaves the year out for whoever is in it', () => {
  const now = Date.parse('2026-12-01T00:00:00+08:00')
  expect(dayInWords('2026-12-28')).toBe('2026年12月28日')
  expect(dayInWords('2026-12-28', now)).toBe('12月28日')
  expect(timeInWords('2027-01-02T09:05:00+08:00', now)).toBe('2027年1月2日 09:05')
  setLanguage('en')
  expect([dayInWords('2026-12-28', now), dayInWords('2027-01-02', now)]).toEqual(['28 Dec', '2 Jan 2027'])
  setLanguage('zh-Hans')
})

it('shows no clock time of what is dated by its day only, but of a deadline always', () => {
  expect(timeInWords(midnight)).toBe('2026年12月3日')
  expect(timeInWords('2026-12-03T00:00:41+08:00')).toBe('2026年12月3日 00:00')
  expect(minuteInWords(midnight)).toBe('2026年12月3日 00:00')
})
