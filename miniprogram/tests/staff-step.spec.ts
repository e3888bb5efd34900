import { enableAutoUnmount, flushPromises, mount } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { i18n } from '@/locale'
import { fitted, readable } from '@/staff/step'
import { faults } from '@/steps/faults'
import { fieldsOf } from '@/steps/schema'

const inputs = {
  type: 'object',
  required: ['summary', 'claims'],
  properties: {
    summary: { type: 'string', title: '结论', 'x-widget': 'text', multiline: true, maxLength: 4000 },
    claims: {
      type: 'array', title: '逐项答复', 'x-widget': 'claims', maxItems: 20,
      items: {
        type: 'object', required: ['claim', 'reply'],
        properties: {
          claim: { type: 'integer', title: '诉求序号' },
          reply: { type: 'string', title: '处理意见', 'x-widget': 'text', maxLength: 4000 },
        },
      },
    },
    lead: { anyOf: [{ type: 'string', format: 'uuid', 'x-widget': 'unit' }, { type: 'null' }], title: '主办单位' },
  },
}
const fields = fieldsOf(inputs)
const step = { verb: 'answer', label: '答复', warning: '', to_complainant: false, shows: [] as string[], shown_besides: [] as object[], inputs }
const post = { id: 'post-1', role: 'handler', title: '承办人', unit: 'u', unit_name: '市监局', region: '62', stands_in: false }
const matter = (version: number) => ({
  kind: 'case', number: 'JB2026-AAAA1111', version, next_steps: [step], relations: [], case: { claims: ['退还保证金'] },
})
let answer: (asked: { url: string; data: string; header: Record<string, string> }) => [number, unknown] | null

enableAutoUnmount(afterEach) // a form that is still there would keep its draft in the next test

beforeEach(async () => {
  vi.resetModules()
  vi.mocked(uni.request).mockImplementation((asked: any) => {
    const said = asked.url.endsWith('/api/v1/session')
      ? ([200, { name: '邹行', active: post, posts: [post] }] as const)
      : answer(asked)
    if (said) asked.success({ statusCode: said[0], data: said[1] })
    else asked.fail({ errMsg: 'away' })
    return undefined as any
  })
})

async function panel(given = step, version = 3) {
  const { begin, signedIn } = await import('@/kept/session')
  if (!signedIn.value) await begin('token')
  const StepPanel = (await import('@/staff/parts/StepPanel.vue')).default
  const props = { matter: matter(version), step: given } as any
  const wrapper = mount(StepPanel as any, { props, global: { plugins: [i18n] } })
  const inner = wrapper.findComponent({ name: 'StepForm' })
  const type = (value: object) => {
    inner.vm.$emit('update:modelValue', { ...(inner.props() as any).modelValue, ...value })
    return flushPromises()
  }
  const tap = async (place = 0) => {
    await wrapper.findAll('.tap-main')[place]!.trigger('click')
    await flushPromises()
  }
  return { wrapper, inner, type, tap }
}
const filledIn = { summary: '已核实', claims: [{ claim: 0, reply: '退还' }] }
const draftKey = 'yijian:draft:staff:post-1:JB2026-AAAA1111:answer'

it('puts the faults of the server at their fields, with the row they are in', () => {
  expect(
    faults(fields, { 'inputs.summary': '必须填写', 'inputs.claims.0.reply': '太长', 'inputs.claims.1': '不对', 'inputs.other': '多余' }),
  ).toEqual({ summary: '必须填写', claims: '第 1 条 处理意见：太长\n第 2 条：不对', '': 'other：多余' })
})

it('says what was filled in by its names', () => {
  expect(readable(fields, { ...filledIn, lead: 'id-1' }, { 'id-1': '市司法局' }, ['退还保证金'])).toEqual([
    { label: '结论', text: '已核实' },
    { label: '逐项答复', text: '第 1 条 退还保证金\n处理意见：退还' },
    { label: '主办单位', text: '市司法局' },
  ])
})

it('has a row for each claim of now, and keeps what was written', () => {
  const blank = { summary: '', claims: [{ claim: 0, reply: '' }, { claim: 1, reply: '' }], lead: '' }
  expect(fitted(fields, filledIn, blank).claims).toEqual([{ claim: 0, reply: '退还' }, { claim: 1, reply: '' }])
})

it('shows what changed on a conflict, keeps what was typed, and sends again with the new version', async () => {
  const versions: number[] = []
  answer = ({ data }) => {
    versions.push(JSON.parse(data).version)
    const changed = [{ seq: 4, verb: 'note', label: '备注' }]
    if (versions.length > 1) return [200, matter(5)]
    return [409, { code: 'stale', message: '事项已有新的办理', details: { version: 4, stage: 'handling', changed } }]
  }
  const { wrapper, inner, type, tap } = await panel()
  await type(filledIn)
  await tap()
  expect(wrapper.emitted('stale')).toHaveLength(1)
  expect(wrapper.text()).toContain('备注')
  expect((inner.props() as any).modelValue.summary).toBe('已核实')
  await wrapper.setProps({ matter: matter(4) } as any)
  await tap()
  expect(versions).toEqual([3, 4])
  expect(wrapper.emitted('done')).toHaveLength(1)
  expect(uni.getStorageSync(draftKey)).toBe('')
})

it('shows whoever writes to the complainant what they will see, before it is sent', async () => {
  answer = vi.fn(() => [200, matter(4)] as [number, unknown])
  const shown_besides = [{ label: '承办单位', text: '' }, { label: '法律依据', text: '第六十九条' }]
  const { wrapper, type, tap } = await panel({ ...step, to_complainant: true, shows: ['claims'], shown_besides })
  await type(filledIn)
  await tap()
  expect(answer).not.toHaveBeenCalled()
  const look = wrapper.find('[role="dialog"]').text()
  for (const words of ['退还', '承办单位', '提交后确定', '第六十九条']) expect(look).toContain(words)
  expect(look).not.toContain('已核实') // of the form too, but not for the complainant
  await tap(1)
  expect(answer).toHaveBeenCalledOnce()
  expect(wrapper.emitted('done')).toHaveLength(1)
})

it('asks with the warning of the server first', async () => {
  answer = vi.fn(() => [200, matter(4)] as [number, unknown])
  const { type, tap } = await panel({ ...step, warning: '不能撤销' })
  await type(filledIn)
  await tap()
  expect(uni.showModal).toHaveBeenCalledWith(expect.objectContaining({ content: '不能撤销' }))
  expect(answer).not.toHaveBeenCalled()
})

it('sends nothing while something required is empty', async () => {
  answer = vi.fn(() => null)
  const { wrapper, tap } = await panel()
  await tap()
  expect(answer).not.toHaveBeenCalled()
  expect(wrapper.text()).toContain('请填写“结论”')
})

it('keeps the draft when the session has ended, for the same post only', async () => {
  answer = () => [401, { code: 'not_signed_in', message: '请先登录' }]
  const { wrapper, type, tap } = await panel()
  await type(filledIn)
  await tap()
  expect(uni.redirectTo).toHaveBeenCalledWith({ url: expect.stringContaining('/staff/sign-in/index?ended=1') })
  wrapper.unmount()
  const { signedIn } = await import('@/kept/session')
  expect(signedIn.value).toBe(false)
  expect(String(uni.getStorageSync(draftKey))).toContain('已核实')
  const { waiting } = await import('@/kept/outbox')
  expect(waiting.value).toEqual([])
  const again = await panel()
  expect((again.inner.props() as any).modelValue.claims).toEqual(filledIn.claims)
})

it('queues without a line, sends it through the same post only, and shows what the server would not take', async () => {
  answer = () => null
  const { wrapper, type, tap } = await panel()
  await type(filledIn)
  await tap()
  expect(wrapper.emitted('queued')).toHaveLength(1)
  const outbox = await import('@/kept/outbox')
  const session = await import('@/kept/session')
  expect(outbox.waiting.value).toMatchObject([{ by: 'post-1', body: { version: 3 } }])
  const key = outbox.waiting.value[0]!.key
  session.me.value = { ...session.me.value!, active: { ...post, id: 'post-2' } as any }
  const asked = vi.fn(() => [409, { code: 'stale', message: '已变化', details: { changed: [{ seq: 4, verb: 'note', label: '备注' }] } }])
  answer = asked as any
  await outbox.flush()
  expect(asked).not.toHaveBeenCalled()
  session.me.value = { ...session.me.value!, active: post as any }
  await outbox.flush()
  expect(asked).toHaveBeenCalledOnce()
  expect(outbox.waiting.value).toMatchObject([{ refusal: { code: 'stale' } }])
  await expect(outbox.again(key, 4)).rejects.toMatchObject({ code: 'stale' })
  expect(outbox.waiting.value).toMatchObject([{ body: { version: 4 }, refusal: { code: 'stale' } }])
  answer = () => [200, matter(5)]
  await outbox.again(outbox.waiting.value[0]!.key, 5)
  expect(outbox.waiting.value).toEqual([])
})
