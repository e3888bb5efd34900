import { expect, it } from 'vitest'
import { addReceipt, isKept, lendReceipt, markSaved, receiptIn, receiptOf, receipts, removeReceipt, secretIn } from '@/kept/receipts'
import { keep, kept } from '@/kept/store'

const right = { number: 'JB2026-AA14ANFF', secret: 'B2JH-E1V1-4A9W-0J3M' }
const whole = { ...right, filedOn: '2026-11-20', about: '窗口', saved: false }

it.each([
  '举报回执\n编号 JB2026-AA14ANFF\n密码 B2JH-E1V1-4A9W-0J3M',
  'JB2026-AA14ANFF:B2JH-E1V1-4A9W-0J3M',
  'number jb2026aa14anff password b2jhe1v14a9w0j3m',
  'ＪＢ２０２６－ＡＡ１４ＡＮＦＦ　Ｂ２ＪＨ－Ｅ１Ｖ１－４Ａ９Ｗ－０Ｊ３Ｍ',
  'Password B2JH–E1V1–4A9W–0J3M, JB2026–AA14ANFF',
  'JB2026-AAI4ANFF B2JH EIVL 4A9W OJ3M',
])('reads number and secret out of %s', (text) => {
  expect(receiptIn(text)).toEqual(right)
})

it.each(['', 'JB2026-AA14ANFF', 'B2JH-E1V1-4A9W-0J3M', 'JB2026-AA14ANFF B2JH-E1V1-4A9W'])('finds no receipt in “%s”', (text) => {
  expect(receiptIn(text)).toBeUndefined()
})

it('does not take a number for a secret', () => {
  expect(secretIn('JB2026-AA14ANFF')).toBeUndefined()
})

it('keeps a receipt, notes that it was noted, and removes all that the phone knows of the case', () => {
  addReceipt(whole)
  addReceipt(whole)
  markSaved(whole.number)
  keep(`case:${whole.number}`, {})
  keep(`draft:my:${whole.number}:add`, {})
  expect(receipts.value).toEqual([{ ...whole, saved: true }])
  expect(kept('receipts', [])).toHaveLength(1)
  removeReceipt(whole.number)
  expect(receiptOf(whole.number)).toBeUndefined()
  expect([kept(`case:${whole.number}`, null), kept(`draft:my:${whole.number}:add`, null)]).toEqual([null, null])
})

it('holds a receipt that was typed in on another phone without keeping it', () => {
  lendReceipt(whole)
  expect(receiptOf(whole.number)).toEqual(whole)
  expect(isKept(whole.number)).toBe(false)
  expect(kept('receipts', [])).toEqual([])
  removeReceipt(whole.number)
  expect(receiptOf(whole.number)).toBeUndefined()
})

it('does not lose what another tab has kept in between', () => {
  keep('receipts', [{ ...whole, number: 'JB2026-00000000' }])
  addReceipt(whole)
  expect(kept<Array<{ number: string }>>('receipts', []).map(({ number }) => number)).toEqual([whole.number, 'JB2026-00000000'])
})
