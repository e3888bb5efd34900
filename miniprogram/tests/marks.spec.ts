import { expect, it } from 'vitest'
import { around, replaced, segments } from '@/staff/marks'

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

it('shows what stands around a place, and puts other words in its place wherever it stands', () => {
  const text = '一家𠮷小店反映某地兰州顺达食品有限公司独占供货，材料交上去便石沉大海。'
  expect(around(text, { start: 9, end: 19 })).toEqual({ before: '一家𠮷小店反映某地', after: '独占供货，材料交上去便石沉大…' })
  expect(around(text, { start: 33, end: 34 }).before).toMatch(/^….{14}$/)
  expect(replaced({ title: '王局长', lesson: '王局长说，王局长' }, '王局长', '某人')).toEqual({
    title: '某人',
    lesson: '某人说，某人',
  })
})
