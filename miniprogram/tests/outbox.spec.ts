import { flushPromises } from '@vue/test-utils'
import { beforeEach, expect, it, vi } from 'vitest'
import { keep, kept } from '@/kept/store'
import { refusal, serve } from './serve'

const filed = {
  number: 'JB2026-AA14ANFF',
  secret: 'B2JH-E1V1-4A9W-0J3M',
  filed_on: '2026-11-20',
  promises: { accept_by: '2026-11-25T23:59:59+08:00', finish_by: '2027-01-20T23:59:59+08:00' },
}
const report = {
  as: 'visitor' as const,
  path: '/api/v1/cases',
  body: { text: '窗口一直不办' },
  title: '举报',
  key: 'k1',
  draft: { name: 'report', value: { key: 'k1', text: '窗口一直不办' } },
}
const owed = () => kept<Array<{ key: string; refusal?: { message: string } }>>('outbox', [])

/** The app as it starts: nothing is known but what the phone keeps. */
async function started() {
  vi.resetModules()
  await import('@/kept/handed')
  return { ...(await import('@/kept/outbox')), ...(await import('@/kept/receipts')) }
}
beforeEach(() => void vi.useRealTimers())

it('delivers under the key of the draft, keeps the receipt and forgets the draft', async () => {
  const app = await started()
  keep('draft:report', report.draft.value)
  const asked = serve(() => ({ status: 201, data: filed }))
  expect(await app.post(report)).toEqual(filed)
  expect(asked.map(({ header }) => header['Idempotency-Key'])).toEqual(['k1'])
  expect(app.receiptOf(filed.number)).toMatchObject({ secret: filed.secret, about: '窗口一直不办', saved: false })
  expect([owed(), kept('draft:report', null)]).toEqual([[], null])
})

it('waits without a line, and is delivered once when there is one', async () => {
  const app = await started()
  const told = vi.fn()
  app.onSent(told)
  let line = false
  const asked = serve(() => (line ? { status: 201, data: filed } : null))
  expect(await app.post(report)).toBeNull()
  expect(owed()).toHaveLength(1)
  line = true
  await Promise.all([app.flush(), app.flush()])
  await app.flush()
  expect(asked).toHaveLength(2)
  expect(new Set(asked.map(({ header }) => header['Idempotency-Key']))).toEqual(new Set(['k1']))
  expect(told).toHaveBeenCalledTimes(1)
  expect([owed(), app.receipts.value.length]).toEqual([[], 1])
})

it('sends again under its key when it was killed before the answer came', async () => {
  const before = await started()
  keep('draft:report', report.draft.value)
  serve(() => new Promise(() => undefined)) // the server has it; nobody is left to hear so
  void before.post(report)
  await flushPromises()
  expect(owed().map(({ key }) => key)).toEqual(['k1'])

  const after = await started()
  const asked = serve(() => ({ status: 201, data: filed }))
  await after.flush()
  expect(asked[0]!.header['Idempotency-Key']).toBe('k1')
  expect(after.receiptOf(filed.number)?.secret).toBe(filed.secret)
  expect(kept('draft:report', null)).toBeNull()
})

it('gives a draft to the outbox that has it already', async () => {
  keep('outbox', [{ ...report, at: '' }])
  keep('draft:report', report.draft.value)
  await started()
  const { settleDraft } = await import('@/kept/handed')
  settleDraft('report')
  expect(kept('draft:report', null)).toBeNull()
})

it('keeps what is refused later with its reason, and opens it again as it was typed', async () => {
  const app = await started()
  serve(() => null)
  await app.post(report)
  serve(() => refusal(422, 'invalid', '填写内容有误'))
  await app.flush()
  expect(owed()[0]!.refusal?.message).toBe('填写内容有误')
  const asked = serve(() => ({ status: 201, data: filed }))
  await app.flush()
  expect(asked).toEqual([])
  const { takeBack } = await import('@/kept/handed')
  takeBack(app.waiting.value[0]!)
  expect([kept('draft:report', null), owed()]).toEqual([report.draft.value, []])
})

it('leaves it to the form when the server says no at once', async () => {
  const app = await started()
  serve(() => refusal(422, 'invalid', '填写内容有误'))
  await expect(app.post(report)).rejects.toMatchObject({ code: 'invalid' })
  expect(owed()).toEqual([])
})

it('lets what needs a secret that is not here wait without holding up the rest', async () => {
  keep('outbox', [
    { ...report, as: 'receipt', number: 'JB2026-00000000', key: 'k0', path: '/x', at: '' },
    { ...report, at: '' },
  ])
  const app = await started()
  const asked = serve(() => ({ status: 201, data: filed }))
  await app.flush()
  expect(asked.map(({ path }) => path)).toEqual(['/api/v1/cases'])
  expect(owed().map(({ key }) => key)).toEqual(['k0'])
})

it('is not held up by one thing that the server stumbles over', async () => {
  const app = await started()
  let line = false
  const asked = serve(({ header }) => {
    if (!line) return null
    return header['Idempotency-Key'] === 'k1' ? refusal(500, 'internal', '系统出错') : { status: 201, data: filed }
  })
  await app.post(report)
  await app.post({ ...report, key: 'k2', draft: undefined })
  line = true
  await app.flush()
  expect(asked.map(({ header }) => header['Idempotency-Key'])).toEqual(['k1', 'k2', 'k1', 'k2'])
  expect(owed().map(({ key, refusal: why }) => [key, why?.message])).toEqual([['k1', '系统出错']])
})
