import { flushPromises, mount } from '@vue/test-utils'
import { beforeEach, expect, it, vi } from 'vitest'
import type { Rectangle } from '@/api/files'
import { begin } from '@/kept/session'
import { i18n } from '@/locale'
import BlurPage from '@/staff/blur/index.vue'
import { MOST, useCovers } from '@/staff/blur/covers'
import { arrow, covers, drawn, middle, moved, resized, SMALLEST } from '@/staff/blur/geometry'
import { moment, placeOf } from '@/staff/blur/words'
import { refusal, type Request, says, serveFiles } from './serve'

const one: Rectangle = { left: 0.4, top: 0.4, width: 0.2, height: 0.1, begin: 0, end: null }
const NUMBER = 'JB2026-AAAA1111'
const FILE = '0b8f3c1e-0000-4000-8000-000000000001'

it('moves a rectangle within the picture, as large as it was', () => {
  expect(moved(one, { x: 0.1, y: -0.1 })).toEqual({ ...one, left: 0.5, top: 0.3 })
  expect(moved(one, { x: 5, y: 5 })).toEqual({ ...one, left: 0.8, top: 0.9 })
  expect(moved(one, { x: -5, y: -5 })).toEqual({ ...one, left: 0, top: 0 })
})

it('resizes it by each corner, never inside out and never out of the picture', () => {
  expect(resized(one, 'se', { x: 0.1, y: 0.1 })).toEqual({ ...one, width: 0.3, height: 0.2 })
  expect(resized(one, 'nw', { x: -0.1, y: -0.1 })).toEqual({ ...one, left: 0.3, top: 0.3, width: 0.3, height: 0.2 })
  expect(resized(one, 'ne', { x: 9, y: -9 })).toEqual({ ...one, top: 0, width: 0.6, height: 0.5 })
  expect(resized(one, 'sw', { x: 9, y: -9 })).toEqual({ ...one, left: 0.58, width: SMALLEST, height: SMALLEST })
})

it('is drawn from any corner to the one across, and not by a mere tap', () => {
  const expected = { left: 0.1, top: 0.2, width: 0.4, height: 0.3, begin: 2, end: null }
  expect(drawn({ x: 0.5, y: 0.5 }, { x: 0.1, y: 0.2 }, 2)).toEqual(expected)
  expect(drawn({ x: 0.5, y: 0.5 }, { x: 0.505, y: 0.9 })).toBeNull()
  expect(drawn({ x: 0.9, y: 0.9 }, { x: 3, y: 3 })).toMatchObject({ left: 0.9, width: 0.1, height: 0.1 })
})

it('goes by arrow keys a hundredth at a time', () => {
  expect(arrow('ArrowLeft')).toEqual({ x: -0.01, y: 0 })
  expect(arrow('ArrowDown')).toEqual({ x: 0, y: 0.01 })
  expect(arrow('a')).toBeNull()
})

it('covers from when to when, and says so', () => {
  const part = { ...one, begin: 2, end: 3.5 }
  expect([1.9, 2, 3.5, 3.6].map((at) => covers(part, at))).toEqual([false, true, true, false])
  expect(covers(one, 1000)).toBe(true)
  expect(placeOf(part, true)).toBe('左 40%，上 40%，宽 20%，高 10%；0:02.0–0:03.5')
  expect(placeOf(one, true)).toContain('0:00.0–结尾')
  expect(placeOf(part, false)).not.toContain('0:02')
  expect([0, 2.3, 59.9, 61.05].map(moment)).toEqual(['0:00.0', '0:02.3', '0:59.9', '1:01.0'])
})

it('takes every step back, a drag in one', () => {
  vi.useFakeTimers()
  const { list, chosen, changed, undoable, start, add, change, remove, undo } = useCovers()
  start([one])
  expect([changed.value, undoable.value]).toEqual([false, false])
  add(middle())
  expect([list.value.length, chosen.value]).toEqual([2, 1])
  for (const x of [0.1, 0.2, 0.3]) change(0, moved(one, { x, y: 0 }))
  vi.advanceTimersByTime(2000)
  change(0, moved(one, { x: -0.1, y: 0 }))
  remove(1)
  expect(list.value).toHaveLength(1)
  undo()
  undo()
  expect(list.value.map(({ left }) => left)).toEqual([0.7, 0.4])
  undo()
  expect(list.value[0]).toEqual(one)
  undo()
  expect([list.value.length, changed.value, undoable.value]).toEqual([1, false, false])
  undo()
  expect(list.value).toHaveLength(1)
  vi.useRealTimers()
})

it('holds no more than the server takes', () => {
  const { list, full, start, add } = useCovers()
  start(Array.from({ length: MOST }, () => one))
  add(middle())
  expect([list.value.length, full.value]).toEqual([MOST, true])
})

const copies = (kind: string) => [{ kind, place: 0, media_type: '', bytes: 1, url: '/x' }]
const file = {
  id: FILE, purpose: 'evidence_photo', purpose_label: '照片', name: '', by_complainant: true, released: false,
  media_type: 'image/jpeg', bytes: 1, sha256: null, state: 'ready', progress: 100, problem: '', facts: {}, created_on: '2026-11-01',
  original: true, copies: copies('photo'), blurs: [one], may_blur: true,
}

async function opened(answer: (request: Request) => { status?: number; data: unknown }) {
  const asked = serveFiles((request) => (request.path === '/api/v1/session' ? { data: { name: '邹行', posts: [] } } : answer(request)))
  await begin('token')
  const page = mount(BlurPage, { global: { plugins: [i18n] } })
  const hooks = page.vm.$ as unknown as Record<string, Array<(query?: object) => void>>
  hooks.onLoad!.forEach((hook) => hook({ number: NUMBER, file: FILE }))
  hooks.onShow!.forEach((hook) => hook())
  await flushPromises()
  const press = (text: string) => page.findAll('[role=button]').find((found) => found.text().includes(text))!.trigger('click')
  return { page, asked, press }
}

beforeEach(() => says(true))

it('begins with what is covered already, and saves what is drawn once one said yes', async () => {
  const { page, asked, press } = await opened(({ method }) => ({ data: method === 'PUT' ? file : [file] }))
  expect(page.text()).toContain('遮挡清单（1）')
  await press('增加遮挡')
  const cover = page.findAll('.cover')[1]!
  expect(cover.attributes('aria-label')).toBe('遮挡 2，左 40%，上 40%，宽 20%，高 20%')
  await cover.trigger('keydown', { key: 'ArrowRight' })
  await page.findAll('.corner')[3]!.trigger('keydown', { key: 'ArrowDown' })
  says(false)
  await press('保存并重新制作副本')
  expect(asked.some(({ method }) => method === 'PUT')).toBe(false)
  says(true)
  await press('保存并重新制作副本')
  await flushPromises()
  expect(asked.at(-1)).toMatchObject({
    method: 'PUT',
    path: `/api/v1/matters/${NUMBER}/files/${FILE}/blurs`,
    body: { rectangles: [one, { left: 0.41, top: 0.4, width: 0.2, height: 0.21, begin: 0, end: null }] },
  })
  expect(uni.redirectTo).toHaveBeenCalled()
  page.unmount()
})

it('keeps what was drawn when the server says no', async () => {
  const { page, press } = await opened(({ method }) => (method === 'PUT' ? refusal(409, 'file_not_ready', '附件还在处理') : { data: [file] }))
  await page.find('.cover').trigger('keydown', { key: 'Delete' })
  expect(page.text()).toContain('还没有遮挡')
  await press('保存并重新制作副本')
  await flushPromises()
  expect(page.text()).toContain('附件还在处理')
  expect(uni.redirectTo).not.toHaveBeenCalled()
  await press('撤销')
  expect(page.text()).toContain('遮挡清单（1）')
  page.unmount()
})

it('fills the rectangles in the preview, with nothing to take hold of', async () => {
  const { page, press } = await opened(() => ({ data: [file] }))
  await page.find('.cover').trigger('keydown', { key: 'Enter' })
  expect(page.findAll('.corner')).toHaveLength(4)
  await press('预览')
  expect(page.find('.cover-filled').exists()).toBe(true)
  expect(page.findAll('.corner')).toHaveLength(0)
  page.unmount()
})

it('is drawn, moved and resized with a finger', async () => {
  const box = { left: 20, top: 100, width: 200, height: 100 }
  const query = { in: () => query, select: () => query, boundingClientRect: (told: (found: object) => void) => (told(box), query), exec: () => undefined }
  Object.assign(uni, { createSelectorQuery: () => query })
  const { page, press } = await opened(() => ({ data: [{ ...file, blurs: [] }] }))
  const drag = async (from: string, ...points: Array<[number, number]>) => {
    const touch = ([clientX, clientY]: [number, number]) => ({ touches: [{ clientX, clientY }] })
    await page.find(from).trigger('touchstart', touch(points[0]!))
    await flushPromises()
    for (const point of points.slice(1)) await page.find('.drawing').trigger('touchmove', touch(point))
    await page.find('.drawing').trigger('touchend', { touches: [] })
  }
  const said = () => page.find('.cover').attributes('aria-label')
  await drag('.drawing', [40, 110], [45, 112], [80, 130])
  expect(said()).toBe('遮挡 1，左 10%，上 10%，宽 20%，高 20%')
  await drag('.cover', [50, 120], [60, 130])
  expect(said()).toBe('遮挡 1，左 15%，上 20%，宽 20%，高 20%')
  await drag('.corner-se', [90, 140], [110, 150])
  expect(said()).toBe('遮挡 1，左 15%，上 20%，宽 30%，高 30%')
  await drag('.drawing', [200, 190]) // a tap draws nothing
  expect(page.findAll('.cover')).toHaveLength(1)
  await press('撤销')
  expect(page.text()).not.toContain('左 15%，上 20%，宽 30%')
  page.unmount()
})

it('lets nobody draw who may not, or where there is no picture', async () => {
  for (const change of [{ may_blur: false }, { copies: [], state: 'processing' }, { id: 'another' }]) {
    const { page } = await opened(() => ({ data: [{ ...file, ...change }] }))
    expect(page.text()).toContain('只有受理中心可以遮挡')
    expect(page.find('.drawing').exists()).toBe(false)
    page.unmount()
  }
})
