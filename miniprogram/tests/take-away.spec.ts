import { flushPromises, mount } from '@vue/test-utils'
import { expect, it, vi } from 'vitest'
import { i18n, t } from '@/locale'
import TakeAway from '@/staff/parts/TakeAway.vue'
import { refusal, serve } from './serve'

const bytes = (data: object) => new TextEncoder().encode(JSON.stringify(data)).buffer

it('sends the list as it is narrowed with a code of six digits, and says why it was refused', async () => {
  const { status, data } = refusal(403, 'code_wrong', '动态验证码不正确')
  const asked = serve(() => ({ status, data: bytes(data as object) }))
  const made = mount(TakeAway, { props: { wanted: { list: 'duties', tab: 'mine', region: '' } }, global: { plugins: [i18n] } })
  const press = async (name: string) => {
    await made.findAll('[role=button]').find((one) => one.text() === name)!.trigger('click')
    await flushPromises()
  }
  const type = async (code: string) => {
    made.findComponent({ name: 'Field' }).vm.$emit('update:modelValue', code)
    await flushPromises()
  }
  await press(t('staff.export'))
  await type('12345')
  await press(t('staff.export.take'))
  expect(asked).toEqual([])
  expect(made.find('[role=alert]').text()).toContain(t('staff.sign.totp'))
  await type('123456')
  await press(t('staff.export.take'))
  expect(asked[0]).toMatchObject({ path: '/api/v1/exports', body: { wanted: { list: 'duties', tab: 'mine' }, format: 'xlsx', totp: '123456' } })
  expect(made.find('[role=alert]').text()).toBe('动态验证码不正确')

  serve(() => ({ data: bytes({}) }))
  const saved = vi.fn()
  vi.stubGlobal('URL', Object.assign(URL, { createObjectURL: () => 'blob:it', revokeObjectURL: () => undefined }))
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    saved(this.download)
  })
  await type('654321')
  await press(t('staff.export.take'))
  expect(saved).toHaveBeenCalledWith('duties.xlsx')
  expect(made.find('[role=dialog]').exists()).toBe(false)
})
