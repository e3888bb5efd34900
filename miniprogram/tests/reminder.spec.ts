// 微信提醒: off until somebody taps, honest about what it keeps, off again by another tap.
import { flushPromises, mount } from '@vue/test-utils'
import { beforeEach, expect, it, vi } from 'vitest'
import { addReceipt } from '@/kept/receipts'
import { i18n } from '@/locale'
import Reminder from '@/parts/Reminder.vue'
import { refusal, type Request, serve } from './serve'

const number = 'JB2026-AA14ANFF'
const OFF = { on: false, way: null, label: '', left: 0, nameless: false, over: false }
const ON = { ...OFF, on: true, way: 'account', label: '已开启公众号提醒' }
const WAYS = { progress: 'one', progress_lasting: null, duty: null, official: true }

async function shown(state: object, answers: (request: Request) => any = () => undefined, ways: object = WAYS) {
  const asked = serve((request) => answers(request) ?? { data: request.path.endsWith('/ways') ? ways : state })
  const page = mount(Reminder, { props: { number }, global: { plugins: [i18n] } })
  await flushPromises()
  const tap = async (label: string) => {
    await page.findAll('[role=button]').find((one) => one.text() === label)!.trigger('click')
    await flushPromises()
  }
  return { page, tap, asked }
}

beforeEach(() => {
  addReceipt({ number, secret: 'B2JH-E1V1-4A9W-0J3M', filedOn: '2026-11-01', about: '窗口', saved: true })
  Object.assign(uni, { login: vi.fn(), requestSubscribeMessage: vi.fn() })
})

it('is off, says what it would keep, and asks nobody who they are', async () => {
  const { page, asked } = await shown(OFF)
  expect(page.text()).toContain('办结后删除')
  expect(asked.map(({ method }) => method)).toEqual(['GET', 'GET'])
  expect(uni.login).not.toHaveBeenCalled()
})

it('shows a code to scan, and that it was scanned', async () => {
  let scanned = false
  const { page, tap } = await shown(OFF, ({ path }) => {
    if (path.endsWith('/code')) return { data: { text: 'http://weixin.qq.com/q/abc', seconds: 600 } }
    return scanned && path.endsWith('/reach') ? { data: ON } : undefined
  })
  await tap('用公众号提醒我')
  expect(page.find('img').attributes('src')).toMatch(/^data:image/)
  await tap('我已扫码')
  expect(uni.showToast).toHaveBeenCalledWith(expect.objectContaining({ title: '还没有收到扫码' }))
  scanned = true
  await tap('我已扫码')
  expect(page.text()).toContain('已开启公众号提醒')
  expect(page.find('img').exists()).toBe(false)
})

it('is turned off after a question', async () => {
  vi.mocked(uni.showModal).mockImplementation(((asked: any) => asked.success({ confirm: true })) as never)
  const { page, tap, asked } = await shown(ON, ({ method }) => (method === 'DELETE' ? { data: OFF } : undefined))
  await tap('关闭提醒')
  expect(asked.at(-1)!.method).toBe('DELETE')
  expect(page.text()).toContain('用公众号提醒我')
})

it('tells the anonymous on the web that there is none', async () => {
  const { page } = await shown({ ...OFF, nameless: true })
  expect(page.text()).toContain('匿名举报在网页里不绑定微信')
  expect(page.findAll('[role=button]')).toHaveLength(0)
})

it('is not there where nothing can be told any more, or nobody tells', async () => {
  expect((await shown({ ...OFF, over: true })).page.find('.card').exists()).toBe(false)
  const none = { ...WAYS, progress: null, official: false }
  expect((await shown(OFF, undefined, none)).page.find('.card').exists()).toBe(false)
})

it('says why it did not work', async () => {
  const { page, tap } = await shown(OFF, ({ path }) => (path.endsWith('/code') ? refusal(503, 'unavailable', '服务暂时不可用') : undefined))
  await tap('用公众号提醒我')
  expect(page.find('[role=alert]').text()).toContain('服务暂时不可用')
})
