import { expect, it } from 'vitest'
import { segments } from '@/staff/marks'

it('marks places by characters, also behind ones that JavaScript counts twice', () => {
  expect(segments('𠮷先生打13900001234', [{ start: 0, end: 3 }, { start: 4, end: 15 }])).toEqual([
    { text: '𠮷先生', hit: true },
    { text: '打', hit: false },
    { text: '13900001234', hit: true },
  ])
})

it('takes overlapping marks together', () => {
  expect(segments('abcdef', [{ start: 1, end: 4 }, { start: 3, end: 5 }])).toEqual([
    { text: 'a', hit: false },
    { text: 'bcde', hit: true },
    { text: 'f', hit: false },
  ])
  expect(segments('', [])).toEqual([])
})
