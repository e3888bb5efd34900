import { flushPromises, mount } from '@vue/test-utils'
import { expect, it } from 'vitest'
import '@/kept/handed'
import { waiting } from '@/kept/outbox'
import { receiptOf } from '@/kept/receipts'
import { keep, kept } from '@/kept/store'
import { i18n, t } from '@/locale'
import { blank, bodyOf, lacking } from '@/pages/report/body'
import ReportForm from '@/pages/report/ReportForm.vue'
import { sceneOf } from '@/pages/report/scene'
import { refusal, type Request, serve } from './serve'

const filed = { number: 'JB2026-AA14ANFF', secret: 'B2JH-E1V1-4A9W-0J3M', filed_on: '2026-11-20', promises: {} }
const notice = { version: '2026-11', text: '隐私告知', effective_from: '2026-11-01', language: 'zh-Hans' }
const answers = (cases: () => any) => ({ path }: Request) =>
  path.startsWith('/api/v1/cases') ? cases() : { data: path.startsWith('/api/v1/privacy') ? notice : [] }

/** The form as it opens with something in the draft. */
async function opened(draft: object = {}) {
  waiting.value = []
  keep('draft:report', { ...blank(), ...draft })
  const form = mount(ReportForm, { props: { scene: 'AB12CD34EF56GH' }, global: { plugins: [i18n] } })
  await flushPromises()
  const send = () => form.findAll('[role=button]').find((one) => one.text().includes(t('report.send')))!.trigger('click')
  return { form, send }
}

it('sends what was written with the scene and the notice that was shown, under the key of the draft, once', async () => {
  const asked = serve(answers(() => ({ status: 201, data: filed })))
  const { form, send } = await opened({ key: 'k9', text: ' 窗口不办 ', region: '620102', name: '忘了删的名字' })
  await Promise.all([send(), send()])
  await flushPromises()
  const posts = asked.filter(({ method }) => method === 'POST')
  expect(posts.map(({ body }) => body)).toEqual([
    { mode: 'anonymous', text: '窗口不办', region: '620102', scene: 'AB12CD34EF56GH', privacy_version: '2026-11' },
  ])
  expect(posts[0]!.header['Idempotency-Key']).toBe('k9')
  expect(form.emitted('filed')).toEqual([['JB2026-AA14ANFF']])
  expect([receiptOf('JB2026-AA14ANFF')?.secret, kept('draft:report', null)]).toEqual([filed.secret, null])
})

it('sends all that may be said', () => {
  const unit = { id: 'u1', name: '某局', region: '62' }
  const draft = { ...blank(), key: 'k', mode: 'named' as const, text: 'a', region: '62', category: 'B10', units: [unit] }
  Object.assign(draft, { accused: '某人', day: '2026-11-01', name: '某某商行', phone: '13900000000' })
  expect(bodyOf(draft, 'v1')).toEqual({
    mode: 'named',
    text: 'a',
    region: '62',
    category: 'B10',
    accused_unit: 'u1',
    accused_text: '某人',
    occurred_on: '2026-11-01',
    contact: { name: '某某商行', phone: '13900000000' },
    privacy_version: 'v1',
  })
  expect(lacking({ ...draft, text: ' ', phone: '' })).toEqual(['text', 'contact.phone'])
  expect(lacking({ ...draft, mode: 'anonymous', phone: '' })).toEqual([])
})

it('says what is missing at its field and sends nothing', async () => {
  const asked = serve(answers(() => null))
  const { form, send } = await opened({ text: '窗口不办', mode: 'confidential', region: '62' })
  await send()
  await flushPromises()
  expect(form.find('#field-contact-name [role=alert]').text()).toBe(t('page.fill', { field: t('report.name') }))
  expect(asked.some(({ method }) => method === 'POST')).toBe(false)
})

it('shows what the server finds wrong at its field, folded ones too, and keeps what was typed', async () => {
  const fields = [{ path: 'occurred_on', message: '不能是将来的日期' }]
  serve(answers(() => refusal(422, 'invalid', '填写内容有误', { fields })))
  const { form, send } = await opened({ text: '窗口不办', region: '62' })
  await send()
  await flushPromises()
  expect(form.find('#field-occurred_on [role=alert]').text()).toBe('不能是将来的日期')
  expect(form.find('.fault').text()).toContain('填写内容有误')
  form.unmount()
  expect(kept<any>('draft:report', null).text).toBe('窗口不办')
})

it('hands the report to the outbox without a line', async () => {
  serve(answers(() => null))
  const { form, send } = await opened({ key: 'k8', text: '窗口不办', region: '62' })
  await send()
  await flushPromises()
  expect(form.emitted('waits')).toHaveLength(1)
  expect(waiting.value.map(({ key }) => key)).toEqual(['k8'])
  expect(kept('draft:report', null)).toBeNull()
})

it.each([
  [{ scene: 'AB12CD34EF56GH' }, 'AB12CD34EF56GH'],
  [{ q: encodeURIComponent('https://example.gov.cn/q/AB12CD34EF56GH?from=1') }, 'AB12CD34EF56GH'],
  [{ scene: encodeURIComponent('<script>') }, ''],
  [{ scene: '%E0%A4%A' }, ''],
  [{}, ''],
])('takes the scene out of %o', (query, scene) => {
  expect(sceneOf(query as Record<string, string>)).toBe(scene)
})
