import { flushPromises, mount } from '@vue/test-utils'
import { beforeEach, expect, it, vi } from 'vitest'
import { kindOf, type MatterFile } from '@/api/files'
import { addReceipt } from '@/kept/receipts'
import { readerOf } from '@/kept/reader'
import { begin } from '@/kept/session'
import { i18n } from '@/locale'
import Files from '@/parts/Files.vue'
import { calledIn, lengthInWords, problemOf, sizeInWords, stateOf } from '@/parts/fileWords'
import { LinkOver, opened } from '@/parts/opened'
import { loudParts, thinned } from '@/parts/wave'
import { refusal, type Request, serveFiles } from './serve'

const NUMBER = 'JB2026-AAAA1111'
const LIST = `/api/v1/matters/${NUMBER}/files`
const file = (change: Partial<MatterFile> = {}): MatterFile => ({
  id: 'f1', purpose: 'evidence_photo', purpose_label: '照片', name: '照片', by_complainant: true, released: false,
  media_type: 'image/jpeg', bytes: 1_240_000, sha256: 'ab'.repeat(32), state: 'ready', progress: 100, problem: '', facts: {},
  created_on: '2026-11-01', original: false, problem_text: '', blurs: [], may_blur: false, may_retry: false, copies: [], ...change,
})
const copy = (kind: string, url = `/api/v1/downloads/x/${kind}`, bytes = 10) => ({ kind, place: 0, media_type: '', bytes, facts: {}, url })
const photo = (url?: string) => file({ copies: [copy('photo', url), copy('thumbnail', url && `${url}s`)] })

/** What a browser is given when it fetches with a header. */
class Fetch {
  static asked: Array<{ url: string; header: string }> = []
  static status = 200
  responseType = ''
  response = new Blob(['x'])
  onload = () => undefined
  private url = ''
  get status() {
    return Fetch.status
  }
  open(_: string, url: string) {
    this.url = url
  }
  setRequestHeader(_: string, value: string) {
    Fetch.asked.push({ url: this.url, header: value })
  }
  send() {
    void Promise.resolve().then(() => this.onload())
  }
}

beforeEach(() => {
  Fetch.asked = []
  Fetch.status = 200
  vi.stubGlobal('XMLHttpRequest', Fetch)
  Object.assign(URL, { createObjectURL: () => 'blob:one', revokeObjectURL: vi.fn() })
  addReceipt({ number: NUMBER, secret: 'S', filedOn: '', about: '', saved: true })
})

async function shown(answer: (request: Request) => { status?: number; data: unknown } | null, as: 'staff' | 'receipt' = 'receipt', more = {}) {
  const asked = serveFiles(answer)
  const page = mount(Files, { props: { number: NUMBER, as, ...more }, global: { plugins: [i18n] } })
  await flushPromises()
  return { page, asked }
}

it('says where each file stands, and why one can not be shown', () => {
  expect(stateOf(file({ state: 'receiving' }))).toBe('正在接收')
  expect(stateOf(file({ state: 'processing', progress: 40 }))).toBe('正在处理 40%')
  expect(stateOf(file({ state: 'processing', progress: 0 }))).toBe('正在处理')
  expect(stateOf(file())).toBe('已收到，这里不能预览')
  expect(stateOf(photo())).toBe('可以查看')
  expect(problemOf(file({ state: 'refused', problem: 'file_broken', problem_text: '文件不完整' }))).toBe('文件不完整')
  expect(problemOf(file({ state: 'failed' }))).toContain('原件已保存')
  expect(problemOf(file({ problem: 'file_broken' }))).toBe('')
})

it('calls files by what they are and which of those', () => {
  const files = [photo(), file({ id: 'f2', purpose_label: '视频' }), file({ id: 'f3' })]
  expect(files.map((one) => calledIn(files, one))).toEqual(['照片 1', '视频 1', '照片 2'])
  expect(kindOf(file({ media_type: 'application/octet-stream', copies: [copy('voice')] }))).toBe('voice')
  expect(kindOf(file({ media_type: 'video/mp4' }))).toBe('video')
  expect(kindOf(file({ media_type: 'image/png', copies: [copy('page')] }))).toBe('document')
})

it('puts sizes and lengths into words', () => {
  expect([0, 999, 1000, 829_500, 999_600, 1_240_000, 12_000_000, 500_000_000].map(sizeInWords)).toEqual([
    '0 B', '999 B', '1 KB', '830 KB', '1 MB', '1.2 MB', '12 MB', '500 MB',
  ])
  expect([0, 65.9, 3729].map(lengthInWords)).toEqual(['0:00', '1:05', '1:02:09'])
})

it('draws at most a hundred lines of a recording, and says where it is loud', () => {
  expect(thinned(Array.from({ length: 200 }, (_, n) => n / 200))).toHaveLength(100)
  expect(thinned([0.1, 2, -1])).toEqual([0.1, 1, 0])
  expect(loudParts([0, 0, 1, 1, 0, 0, 0.9, 0, 0, 0], 10)).toBe('0:02–0:04、0:06–0:07')
  expect(loudParts([0, 0], 10)).toBe('')
})

it('fetches with the receipt, follows the link itself as staff, and knows a link that is over', async () => {
  const mine = await opened('/api/v1/downloads/x/photo', readerOf('receipt', NUMBER))
  expect(mine.src).toBe('blob:one')
  expect(Fetch.asked).toEqual([{ url: '/api/v1/downloads/x/photo', header: `Receipt ${NUMBER}:S` }])
  mine.close()
  expect(URL.revokeObjectURL).toHaveBeenCalledWith('blob:one')
  expect((await opened('/api/v1/downloads/x/photo', readerOf('staff', NUMBER))).src).toMatch(/^http.*\/api\/v1\/downloads\/x\/photo$/)
  expect(Fetch.asked).toHaveLength(1)
  Fetch.status = 404
  await expect(opened('/x', readerOf('receipt', NUMBER))).rejects.toBeInstanceOf(LinkOver)
})

it('says that there is nothing, and why the list did not come', async () => {
  expect((await shown(() => ({ data: [] }))).page.text()).toContain('没有附件')
  const { page } = await shown(() => refusal(503, 'busy', '系统繁忙'))
  expect(page.text()).toContain('系统繁忙')
  expect(page.text()).toContain('重试')
})

it('asks again while a file is on its way, less often when nothing moves, and not for a page that nobody sees', async () => {
  vi.useFakeTimers()
  let state = 'quarantined'
  const { asked, page } = await shown(() => ({ data: [state === 'ready' ? photo() : file({ state, progress: 0 })] }))
  const after = async (seconds: number) => (await vi.advanceTimersByTimeAsync(seconds * 1000), asked.length)
  expect(asked).toHaveLength(1)
  expect(await after(4.1)).toBe(2)
  expect(await after(4.1)).toBe(2) // nothing moved: six seconds now
  expect(await after(2)).toBe(3)
  const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(true)
  expect(await after(120)).toBe(3)
  hidden.mockReturnValue(false)
  await page.setProps({ look: 1 }) // the page is shown again
  expect(asked).toHaveLength(4)
  state = 'ready'
  expect(await after(60)).toBe(5)
  expect(await after(600)).toBe(5)
  expect(page.text()).toContain('照片 1')
  vi.useRealTimers()
})

it('keeps the links that are shown, and takes new ones when one leads nowhere', async () => {
  vi.useFakeTimers()
  let made = 0
  const { page, asked } = await shown(() => ({ data: [photo(`/link${++made}`)] }))
  await vi.advanceTimersByTimeAsync(0)
  expect(Fetch.asked.map(({ url }) => url)).toEqual(['/link1s'])
  await page.setProps({ look: 1 })
  await vi.advanceTimersByTimeAsync(0)
  expect(asked).toHaveLength(2)
  expect(Fetch.asked).toHaveLength(1) // the same picture is not fetched twice
  await vi.advanceTimersByTimeAsync(16 * 60_000)
  Fetch.status = 404
  await page.find('[role=button]').trigger('click') // the large one: its link is over by now
  await vi.advanceTimersByTimeAsync(0)
  expect(asked).toHaveLength(3)
  const after = Fetch.asked.map(({ url }) => url)
  expect(after.slice(1, 2)).toEqual(['/link1'])
  expect(after.slice(2).sort()).toEqual(['/link3', '/link3s'])
  await vi.advanceTimersByTimeAsync(5_000)
  expect(asked).toHaveLength(3) // links that fail at once are not asked for over and over
  vi.useRealTimers()
})

it('offers to process again only where the server does, and shows what came of it', async () => {
  const failed = file({ state: 'failed', problem: 'x', may_retry: true })
  const { page, asked } = await shown(({ method }) => ({
    data: method === 'POST' ? { ...failed, state: 'quarantined', may_retry: false } : [failed],
  }))
  await page.findAll('[role=button]').find((one) => one.text() === '重新处理')!.trigger('click')
  await flushPromises()
  expect(asked.at(-1)).toMatchObject({ method: 'POST', path: `${LIST}/f1/retries` })
  expect(page.text()).toContain('已收到，等待处理')
  expect(page.text()).not.toContain('重新处理')
  page.unmount()
})

it('tells intake what the units see, and officers only what more they may do', async () => {
  await begin('token').catch(() => undefined)
  const video = file({ purpose_label: '视频', media_type: 'video/mp4', copies: [copy('video')], original: true })
  const intake = await shown(() => ({ data: [video] }), 'staff', { intake: true })
  expect(intake.page.text()).toContain('承办单位不可见')
  expect(intake.page.text()).toContain('更多操作')
  const unit = await shown(() => ({ data: [{ ...video, original: false }] }), 'staff')
  expect(unit.page.text()).not.toContain('承办单位')
  expect(unit.page.text()).not.toContain('更多操作')
})

it('shows the hash when asked, and copies it', async () => {
  Object.assign(uni, { setClipboardData: vi.fn() })
  const { page } = await shown(() => ({ data: [file({ state: 'processing' })] }))
  expect(page.text()).not.toContain('abab')
  const press = (text: string) => page.findAll('[role=button]').find((one) => one.text() === text)!.trigger('click')
  await press('查看文件指纹')
  expect(page.text()).toContain('ab'.repeat(32))
  expect(page.text()).toContain('没有被改动')
  await press('复制指纹')
  expect(vi.mocked(uni.setClipboardData).mock.calls[0]![0]).toMatchObject({ data: 'ab'.repeat(32) })
  page.unmount()
})
