import { mount } from '@vue/test-utils'
import { beforeEach, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import { draft } from '@/kept/draft'
import { kept } from '@/kept/store'

beforeEach(() => void vi.useFakeTimers())

function opened() {
  let found!: ReturnType<typeof draft<{ key: string; text: string }>>
  const page = mount({
    setup: () => ((found = draft('d', () => ({ key: 'new', text: '' }))), () => null),
  })
  return { page, ...found }
}

it('is there again after the page was left in the middle of a word', async () => {
  const one = opened()
  expect(one.found).toBe(false)
  one.value.value.text = '窗口'
  await nextTick()
  one.page.unmount()
  const two = opened()
  expect([two.found, two.value.value.text, two.saved.value]).toEqual([true, '窗口', true])
})

it('says that it is kept only when it is', async () => {
  const one = opened()
  one.value.value.text = '窗口'
  await nextTick()
  expect(one.saved.value).toBe(false)
  vi.runAllTimers()
  expect([one.saved.value, kept('draft:d', null)]).toEqual([true, { key: 'new', text: '窗口' }])
})

it('is forgotten for good once it was sent, whatever the page still shows', async () => {
  const one = opened()
  one.value.value.text = '窗口'
  await nextTick()
  one.clear()
  one.value.value.text = '还在屏幕上'
  await nextTick()
  vi.runAllTimers()
  one.page.unmount()
  expect(kept('draft:d', null)).toBeNull()
})

it('begins anew when it is discarded', async () => {
  const one = opened()
  one.value.value.text = '窗口'
  await nextTick()
  vi.runAllTimers()
  one.renew()
  expect([one.value.value, kept('draft:d', null)]).toEqual([{ key: 'new', text: '' }, null])
  one.value.value.text = '重写'
  await nextTick()
  vi.runAllTimers()
  expect(kept<any>('draft:d', null).text).toBe('重写')
})
