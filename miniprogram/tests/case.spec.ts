import { flushPromises, mount } from '@vue/test-utils'
import { beforeEach, expect, it } from 'vitest'
import '@/kept/handed'
import { waiting } from '@/kept/outbox'
import { addReceipt } from '@/kept/receipts'
import { kept } from '@/kept/store'
import { i18n, t } from '@/locale'
import CasePage from '@/pages/case/index.vue'
import { clockOf } from '@/pages/case/words'
import { refusal, type Request, says, serve } from './serve'

const number = 'JB2026-AA14ANFF'
const object = {
  verb: 'contest',
  label: '提出异议',
  warning: '只能提出一次',
  to_complainant: true,
  inputs: {
    type: 'object',
    required: ['why'],
    properties: {
      why: { type: 'string', title: '为什么', 'x-widget': 'text', multiline: true, maxLength: 400 },
      how: { type: 'string', title: '以后才有的控件', 'x-widget': 'hologram' },
    },
  },
}
const matter: any = {
  number,
  kind: 'case',
  stage: 'replied',
  stage_label: '已答复',
  version: 7,
  region_name: '城关区',
  filed_on: '2026-11-01',
  statutory_due: '2026-12-31T23:59:59+08:00',
  paused_since: null,
  clock_stopped_at: null,
  ended_at: null,
  progress: [
    { code: 'filed', label: '提交', state: 'done' },
    { code: 'replied', label: '答复', state: 'current' },
  ],
  case: { stage_plain: '承办单位答复了您', texts: ['窗口不办'], answer_shown: [{ label: '结论', text: '已退还' }] },
  next_steps: [object],
}
const entry = { seq: 1, at: '2026-11-01T00:00:00+08:00', verb: 'unheard_of', label: '您看过了什么', by: '举报人', stage: 'filed' }
const entries = [{ ...entry, said: {}, shown: [{ label: '理由', text: '一段话' }], shredded: false }]

const answers = (steps: (request: Request) => any, now: () => any = () => matter) => (request: Request) =>
  request.method === 'POST' ? steps(request) : { data: request.path.includes('/entries') ? { items: entries, next: null } : now() }

async function opened() {
  const page = mount(CasePage, { global: { plugins: [i18n] } })
  const hooks = page.vm.$ as unknown as Record<string, Array<(query?: object) => void>>
  hooks.onLoad!.forEach((hook) => hook({ number }))
  hooks.onShow!.forEach((hook) => hook())
  await flushPromises()
  const tap = async (label: string) => {
    await page.findAll('[role=button]').find((one) => one.text() === label)!.trigger('click')
    await flushPromises()
  }
  const write = (text: string) =>
    page.find('textarea').element.dispatchEvent(new CustomEvent('input', { detail: { value: text } }))
  return { page, tap, write }
}

beforeEach(() => {
  waiting.value = []
  addReceipt({ number, secret: 'B2JH-E1V1-4A9W-0J3M', filedOn: '2026-11-01', about: '窗口', saved: true })
})

it('shows stage, answer and timeline in the words of the server', async () => {
  const asked = serve(answers(() => null))
  const { page } = await opened()
  for (const words of ['承办单位答复了您', '已退还', '您看过了什么', '一段话', '提出异议']) expect(page.text()).toContain(words)
  expect(asked[0]!.header.Authorization).toBe(`Receipt ${number}:B2JH-E1V1-4A9W-0J3M`)
})

it('draws a verb that it has never heard of, asks its warning, and sends its inputs with the version', async () => {
  const asked = serve(answers(() => ({ data: { ...matter, version: 8, next_steps: [] } })))
  const { page, tap, write } = await opened()
  await tap('提出异议')
  expect(page.text()).toContain('以后才有的控件')
  await tap(t('case.send'))
  expect(page.find('[role=alert]').text()).toContain('为什么')
  write(' 没有退还 ')
  says(false)
  await tap(t('case.send'))
  expect(asked.some(({ method }) => method === 'POST')).toBe(false)
  says(true)
  await tap(t('case.send'))
  const post = asked.find(({ method }) => method === 'POST')!
  expect([post.path, post.body]).toEqual([
    `/api/v1/matters/${number}/steps/contest`,
    { inputs: { why: '没有退还' }, version: 7 },
  ])
  expect(post.header['Idempotency-Key']).toMatch(/^[0-9a-f-]{36}$/)
  expect(page.text()).toContain(t('case.done'))
})

it('shows what changed in between, reloads, keeps what was typed and sends the new version', async () => {
  let version = 7
  const asked = serve(
    answers(
      () => (version === 7 ? ((version = 9), refusal(409, 'stale', '事项已有新的办理', { changed: [{ label: '回访' }] })) : { data: matter }),
      () => ({ ...matter, version }),
    ),
  )
  const { page, tap, write } = await opened()
  says(true)
  await tap('提出异议')
  write('没有退还')
  await tap(t('case.send'))
  expect(page.text()).toContain('回访')
  await tap(t('case.send'))
  const sent = asked.filter(({ method }) => method === 'POST').map(({ body }) => body)
  expect(sent).toEqual([7, 9].map((seen) => ({ inputs: { why: '没有退还' }, version: seen })))
})

it('keeps a step for later without a line, and shows what was last seen', async () => {
  serve(answers(() => null))
  const { page, tap, write } = await opened()
  says(true)
  await tap('提出异议')
  write('没有退还')
  await tap(t('case.send'))
  expect(page.text()).toContain(t('case.waits'))
  expect(waiting.value).toHaveLength(1)
  expect(kept(`draft:my:${number}:contest`, null)).toBeNull()
  page.unmount()
  serve(() => null)
  const later = await opened()
  expect(later.page.text()).toContain('承办单位答复了您')
  expect(later.page.text()).toContain(t('page.unreached'))
})

it.each([
  [{}, '2026-12-01', { state: 'runs', left: t('case.left', { n: 30 }) }],
  [{}, '2026-12-31', { state: 'runs', left: t('case.today') }],
  [{}, '2027-01-02', { state: 'late', left: t('case.late', { n: 2 }), gone: 100 }],
  [{ paused_since: '2026-11-20T00:00:00+08:00' }, '2026-12-01', { state: 'paused', left: '' }],
  [{ ended_at: '2026-11-20T00:00:00+08:00' }, '2026-12-01', { state: 'over' }],
  [{ clock_stopped_at: '2026-12-01T10:00:00+08:00' }, '2027-01-02', { state: 'over', words: t('case.answered') }],
  [{ statutory_due: null }, '2026-12-01', null],
])('says in words how the clock stands: %o on %s', (change, now, said) => {
  const clock = clockOf({ ...matter, case: {}, ...change }, now)
  if (said) expect(clock).toMatchObject(said)
  else expect(clock).toBeNull()
})

it('shows the newest of a long timeline, and all of it when asked', async () => {
  const long = Array.from({ length: 9 }, (_, place) => ({ ...entries[0], seq: place + 1, label: `办理 ${place + 1}` }))
  serve(({ path }) => ({ data: path.includes('/entries') ? { items: long, next: null } : { ...matter, progress: [] } }))
  const { page, tap } = await opened()
  const shown = () => page.findAll('[role=listitem] .what').map((one) => one.text())
  expect(shown()).toEqual([9, 8, 7, 6, 5, 4].map((n) => `办理 ${n}`))
  await tap(t('timeline.all', { n: 9 }))
  expect(shown()).toHaveLength(9)
  expect(page.text()).not.toContain('00:00')
})

it('shows what the server found wrong at its field, and what belongs to none beside the form', async () => {
  const fields = [{ path: 'inputs.why', message: '太短' }, { path: 'inputs.other', message: '多余' }]
  serve(answers(() => refusal(422, 'invalid', '填写有误', { fields })))
  const { page, tap, write } = await opened()
  says(true)
  await tap('提出异议')
  write('没有退还')
  await tap(t('case.send'))
  for (const words of ['填写有误', '太短', 'other：多余']) expect(page.text()).toContain(words)
})
