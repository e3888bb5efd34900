import { enableAutoUnmount, flushPromises, mount } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { begin, me } from '@/kept/session'
import { i18n } from '@/locale'
import CommentsPage from '@/staff/comments/index.vue'
import { refusal, type Request, says, serve } from './serve'

enableAutoUnmount(afterEach)
const comment = {
  id: 'c1', number: 'SF2026-AA14ANFF', official: '述法人甲', unit: '城关区', channel: 'public', text: '窗口办事快了', said_on: '2026-11-20',
  state: 'waiting', state_label: '待审阅', reason: '', reply: '', replied_on: null, reply_state: null, reply_reason: '',
}
let role = 'pre_reviewer'
let items: object[] = []
let posted: { status?: number; data: unknown } = { status: 204, data: '' }
let asked: Request[] = []

beforeEach(async () => {
  posted = { status: 204, data: '' }
  asked = serve(({ method, path }) => {
    if (path.endsWith('/session')) return { data: { name: '江阳', active: { id: 'p', role }, posts: [] } }
    return method === 'POST' ? posted : { data: { items, next: null } }
  })
  says(true)
})

async function opened(as: string, shown: object[]) {
  role = as
  items = shown
  await begin('token')
  const page = mount(CommentsPage, { global: { plugins: [i18n] } })
  ;(page.vm.$ as unknown as Record<string, Array<() => void>>).onShow!.forEach((hook) => hook())
  await flushPromises()
  const named = (label: string) => page.findAll('[role=button], [role=radio]').find((one) => one.text().endsWith(label))
  const tap = async (label: string) => {
    await named(label)!.trigger('click')
    await flushPromises()
  }
  const type = async (text: string) => {
    page.findComponent({ name: 'Field' }).vm.$emit('update:modelValue', text)
    await flushPromises()
  }
  return { page, named, tap, type, sent: () => asked.filter(({ method }) => method === 'POST') }
}

it('holds a refusal back until it has a reason, and takes what is decided off the list', async () => {
  const { page, tap, type, sent } = await opened('pre_reviewer', [comment, { ...comment, id: 'c2', text: '还要排队' }])
  expect(asked.at(-1)!.path).toContain('waiting=true')
  expect(page.text()).toContain('述法人甲　城关区')
  await tap('不公开')
  await tap('确定不公开')
  expect(page.find('[role=alert]').text()).toBe('请填写“理由”')
  expect(uni.showModal).not.toHaveBeenCalled()
  expect(sent()).toEqual([])
  await type('点名了无关的人')
  says(false)
  await tap('确定不公开')
  expect(sent()).toEqual([])
  says(true)
  await tap('确定不公开')
  expect(sent()[0]).toMatchObject({
    path: expect.stringContaining('/report-comments/c1/decision'),
    body: { outcome: 'refused', reason: '点名了无关的人' },
  })
  expect(page.text()).not.toContain('窗口办事快了')
  await tap('公开') // the only one left
  expect(sent()[1]!.body).toEqual({ outcome: 'public' })
  expect(page.text()).toContain('没有等待审核的意见或回应')
})

it('asks again what somebody else has decided, and among all of them shows what became of it', async () => {
  const { page, named, tap } = await opened('pre_reviewer', [{ ...comment, state: 'public', reply: '谢谢', reply_state: 'waiting' }])
  expect(named('只转述法人')).toBeUndefined() // a reply is for everybody or for nobody
  await tap('全部')
  expect(asked.at(-1)!.path).toContain('waiting=false')
  await tap('公开')
  expect(page.text()).toContain('谢谢')
  expect(page.text()).not.toContain('能否公开')
  items = [comment]
  await tap('待审')
  posted = refusal(409, 'comment_decided', '已经审核')
  items = []
  await tap('公开')
  expect(vi.mocked(uni.showToast)).toHaveBeenLastCalledWith({ title: '已经审核', icon: 'none' })
  expect(page.text()).not.toContain('窗口办事快了')
})

it('sends the reply of an official, once, and anew where it was refused', async () => {
  const refused = { ...comment, state: 'public', reply: '知道了', replied_on: '2026-11-21', reply_state: 'refused', reply_reason: '没有回答问题' }
  const { page, named, tap, type, sent } = await opened('official', [refused, { ...comment, id: 'c2', state: 'official' }])
  expect(me.value!.active!.role).toBe('official')
  expect(named('全部')).toBeUndefined()
  expect(named('公开')).toBeUndefined()
  expect(page.text()).toContain('理由：没有回答问题')
  expect(page.findAll('[role=button]').filter((one) => one.text().endsWith('回应'))).toHaveLength(1)
  await tap('重写回应')
  await tap('提交回应')
  expect(sent()).toEqual([])
  await type(' 本月起增开两个窗口 ')
  await tap('提交回应')
  expect(sent()[0]).toMatchObject({
    path: expect.stringContaining('/report-comments/c1/reply'),
    body: { text: '本月起增开两个窗口' },
  })
  expect(page.text()).toContain('本月起增开两个窗口')
  expect(named('回应')).toBeUndefined()
})
