import { flushPromises } from '@vue/test-utils'
import { beforeEach, expect, it, vi } from 'vitest'
import { keep, kept } from '@/kept/store'
import { LARGEST, restAfter, sizeAfter, SMALLEST } from '@/uploads/pace'
import { inBytes, inMinutes } from '@/uploads/words'
import { refusal, serve } from './serve'
import { indexedDb, met, PURPOSES, server } from './tus'

const MB = 2 ** 20
const NO_LINE = null
let stored: Map<string, Blob>
let running: { value: unknown[] } | undefined

/** The app as it starts: nothing is known but what the phone keeps. */
async function started() {
  if (running) running.value = [] // nothing goes on in an app that was killed
  vi.resetModules()
  await import('@/kept/handed')
  const parts = await Promise.all([
    import('@/uploads/adding'),
    import('@/uploads/list'),
    import('@/uploads/metered'),
    import('@/uploads/owed'),
    import('@/uploads/sending'),
    import('@/kept/outbox'),
    import('@/kept/receipts'),
    import('@/uploads/pace'),
  ])
  running = parts[1].uploads
  return Object.assign({}, ...parts) as (typeof parts)[0] & (typeof parts)[1] & (typeof parts)[2] & (typeof parts)[3] &
    (typeof parts)[4] & (typeof parts)[5] & (typeof parts)[6] & (typeof parts)[7]
}
type App = Awaited<ReturnType<typeof started>>

const content = (bytes: number) => {
  const made = new Uint8Array(bytes)
  for (let place = 0; place < Math.min(bytes, 4 * MB); place++) made[place] = (place * 7 + (place >> 8)) % 251
  return made
}
const same = (one: Uint8Array, other: Uint8Array) => one.length === other.length && one.every((byte, n) => byte === other[n])
const file = (bytes: number, name = '现场.jpg', type = 'image/jpeg') => ({ name, type, bytes, blob: new Blob([content(bytes)]) })
const add = async (app: App, ...files: Array<ReturnType<typeof file>>) =>
  (await app.added(files, { draft: 'k1' }, 20)).ids
const state = (app: App, id: string) => app.uploadOf(id)?.state
const reaches = (app: App, id: string, wanted: string) => met(() => expect(state(app, id)).toBe(wanted))

beforeEach(() => {
  stored = indexedDb()
  vi.restoreAllMocks()
})

it('takes pieces by what the line did: larger when they were quick, smaller when slow, within bounds', () => {
  expect(sizeAfter(MB, MB, 100)).toBe(2 * MB)
  expect(sizeAfter(MB, MB, 4000)).toBe(MB)
  expect(sizeAfter(MB, MB, 6000)).toBe(Math.round((MB * 4000) / 6000))
  expect(sizeAfter(MB, MB, 90_000)).toBe(MB / 2)
  expect(sizeAfter(LARGEST, LARGEST, 1)).toBe(LARGEST)
  expect(sizeAfter(SMALLEST, SMALLEST, 90_000)).toBe(SMALLEST)
  expect(sizeAfter(MB, 1000, 1)).toBe(MB) // the end of a file
})

it('rests longer after each failure, not all phones alike, and a minute at most', () => {
  expect([1, 2, 3, 20].map((failures) => restAfter(failures, 1))).toEqual([1000, 2000, 4000, 60_000])
  expect(restAfter(3, 0)).toBe(2000)
})

it('says sizes and lengths as people do', () => {
  expect([1, 1024, 1.25 * MB, 500 * MB].map(inBytes)).toEqual(['1 B', '1 KB', '1.3 MB', '500 MB'])
  expect(inMinutes(61.9)).toBe('1:01')
})

it('sends a file in pieces under the ticket of its report, whole and once', async () => {
  const app = await started()
  const { held, said } = server()
  const size = 2 * MB + 5
  const [id] = await add(app, file(size))
  await reaches(app, id!, 'done')
  expect(said).toEqual([
    'GET uploads/purposes',
    'POST uploads/tickets',
    'POST uploads',
    'PATCH u1 0',
    `PATCH u1 ${MB}`,
  ])
  expect(same(held.get('u1')!.bytes, content(size))).toBe(true)
  const { header } = held.get('u1')!
  expect(header['Upload-Ticket']).toBe('ticket of k1')
  const told = Object.fromEntries(header['Upload-Metadata']!.split(',').map((pair) => pair.split(' ')))
  expect(decodeURIComponent(escape(atob(told.filename!)))).toBe('现场.jpg')
})

it('sends two files at once, and the third when one of them is through', async () => {
  const app = await started()
  let through: () => void = () => undefined
  const open = new Promise<void>((resolve) => (through = resolve))
  const { said } = server()
  const answer = vi.mocked(uni.request).getMockImplementation()!
  vi.mocked(uni.request).mockImplementation(((given: any) => {
    if (given.header['X-HTTP-Method-Override'] === 'PATCH') void open.then(() => answer(given))
    else answer(given)
  }) as any)
  const ids = await add(app, file(10, '1.jpg'), file(20, '2.jpg'), file(30, '3.jpg'))
  await met(() => expect(app.live.busy.size).toBe(2))
  expect(said.filter((what) => what === 'POST uploads').length).toBeLessThan(3)
  through()
  for (const id of ids) await reaches(app, id, 'done')
  expect(said.filter((what) => what === 'POST uploads/tickets')).toHaveLength(1)
})

it('goes on when its rest is over, whatever the clock says', async () => {
  const app = await started()
  let line = false
  server((_, what) => (line || !what.startsWith('PATCH') ? undefined : NO_LINE))
  vi.spyOn(Date, 'now').mockReturnValue(Date.now())
  const [id] = await add(app, file(10))
  await met(() => expect(app.live.resting.has(id!)).toBe(true))
  line = true
  await reaches(app, id!, 'done')
})

it('asks where it stands after a broken line and goes on there, with smaller pieces', async () => {
  const app = await started()
  let line = true
  const { held, said } = server((_, what) => (line || !what.startsWith('PATCH u1 1') ? undefined : NO_LINE))
  line = false
  const [id] = await add(app, file(3 * MB))
  await met(() => expect(app.live.resting.has(id!)).toBe(true))
  expect([state(app, id!), app.uploadOf(id!)!.offset, app.line.size]).toEqual(['waits', MB, MB])
  line = true
  app.wake()
  await reaches(app, id!, 'done')
  expect(said.filter((what) => what.startsWith('HEAD'))).toHaveLength(1)
  expect(held.get('u1')!.bytes.length).toBe(3 * MB)
})

it('goes on after the app was killed: what it has, where, and with which ticket is kept', async () => {
  const before = await started()
  let line = true
  const { held, said } = server((_, what) => (!line && what.startsWith('PATCH u1 1') ? NO_LINE : undefined))
  line = false
  const [id] = await add(before, file(2 * MB))
  await met(() => expect(before.live.resting.has(id!)).toBe(true))
  line = true
  said.length = 0
  const after = await started()
  after.run()
  await reaches(after, id!, 'done')
  expect(said).toEqual(['HEAD u1 ', `PATCH u1 ${MB}`].map((what) => what.trim()))
  expect(same(held.get('u1')!.bytes, content(2 * MB))).toBe(true)
})

it('says so when the content is gone, and goes on with the same file chosen again but with no other', async () => {
  const before = await started()
  let line = false
  const { held } = server((_, what) => (!line && what.startsWith('PATCH u1 1') ? NO_LINE : undefined))
  const [id] = await add(before, file(2 * MB))
  await met(() => expect(before.live.resting.has(id!)).toBe(true))
  stored.clear()
  line = true
  const after = await started()
  after.run()
  await reaches(after, id!, 'gone')
  expect(await after.foundAgain(id!, { ...file(2 * MB), blob: new Blob([new Uint8Array(2 * MB)]) })).toContain('现场.jpg')
  expect(state(after, id!)).toBe('gone')
  expect(await after.foundAgain(id!, file(2 * MB))).toBe('')
  await reaches(after, id!, 'done')
  expect([...held.keys()]).toEqual(['u1'])
})

it.each([
  [409, 'offset_conflict'],
  [423, 'upload_locked'],
  [429, 'too_many'],
  [460, 'checksum_mismatch'],
  [503, 'unavailable'],
  [500, 'internal'],
])('asks again after %i', async (status, code) => {
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
  const app = await started()
  let refuses = true
  const { said } = server((_, what) => {
    if (!refuses || !what.startsWith('PATCH')) return undefined
    refuses = false
    return refusal(status, code, '')
  })
  const [id] = await add(app, file(10))
  await met(() => expect(app.live.resting.has(id!)).toBe(true))
  app.wake()
  await reaches(app, id!, 'done')
  expect(said.slice(-3)).toEqual(['PATCH u1 0', 'HEAD u1', 'PATCH u1 0'])
})

it('tries by itself once it has rested', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0)
  const app = await started()
  let tries = 0
  server((_, what) => (what.startsWith('PATCH') && ++tries === 1 ? NO_LINE : undefined))
  const [id] = await add(app, file(10))
  await reaches(app, id!, 'done')
  expect(tries).toBe(2)
})

it('gives up what the server stumbles over again and again, until somebody says to try', async () => {
  const app = await started()
  let broken = true
  server((_, what) => (broken && what.startsWith('PATCH') ? refusal(500, 'internal', '系统出错') : undefined))
  const [id] = await add(app, file(10))
  const item = () => app.uploadOf(id!)!
  await met(() => expect(app.live.busy.size).toBe(0)) // the first time
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  app.wake()
  while (item().state === 'waits') {
    vi.runOnlyPendingTimers()
    await flushPromises()
  }
  vi.useRealTimers()
  expect(item().state).toBe('failed')
  broken = false
  app.resume(id!)
  await reaches(app, id!, 'done')
})

it('begins anew when its time is over', async () => {
  const app = await started()
  let gone = true
  const { held } = server((_, what) => (gone && what === 'PATCH u1 0' ? refusal(410, 'upload_gone', '上传已过期') : undefined))
  const [id] = await add(app, file(10))
  await met(() => expect(app.live.resting.has(id!)).toBe(true))
  expect(app.uploadOf(id!)).toMatchObject({ address: '', offset: 0, state: 'waits' })
  gone = false
  app.wake()
  await reaches(app, id!, 'done')
  expect(held.get('u2')!.bytes.length).toBe(10)
})

it('asks for another ticket when its time is over', async () => {
  const app = await started()
  let over = true
  const { said } = server((_, what) => (over && what === 'POST uploads' ? refusal(401, 'wrong_ticket', '凭证过期') : undefined))
  const [id] = await add(app, file(10))
  await met(() => expect(app.live.resting.has(id!)).toBe(true))
  over = false
  app.wake()
  await reaches(app, id!, 'done')
  expect(said.filter((what) => what === 'POST uploads/tickets')).toHaveLength(2)
})

it('shows what the server will not have, in its words', async () => {
  const app = await started()
  server((_, what) => (what === 'POST uploads' ? refusal(413, 'quota_reached', '附件数量或总大小已达上限') : undefined))
  const [id] = await add(app, file(10))
  await reaches(app, id!, 'refused')
  expect(app.uploadOf(id!)!.why).toBe('附件数量或总大小已达上限')
})

it('pauses at once, stays so over a start, and goes on when told', async () => {
  const app = await started()
  server((_, what) => (what.startsWith('PATCH u1 1') ? new Promise(() => undefined) as any : undefined))
  const abort = vi.fn()
  const answer = vi.mocked(uni.request).getMockImplementation()!
  vi.mocked(uni.request).mockImplementation(((given: any) => (answer(given), { abort })) as any)
  const [id] = await add(app, file(2 * MB))
  await met(() => expect(app.uploadOf(id!)!.offset).toBe(MB))
  app.pause(id!)
  expect([state(app, id!), abort.mock.calls.length]).toEqual(['paused', 1])
  const after = await started()
  after.run()
  after.wake()
  await flushPromises()
  expect([state(after, id!), after.live.busy.size]).toEqual(['paused', 0])
})

it('takes one away: here, its content, and at the server', async () => {
  const app = await started()
  const { held } = server()
  const [id] = await add(app, file(10))
  await reaches(app, id!, 'done')
  expect([held.size, stored.size]).toEqual([1, 1])
  await app.remove(id!)
  expect([held.size, stored.size, kept('uploads', null)]).toEqual([0, 0, []])
})

it('lets a large file wait for Wi-Fi where the line is paid for, unless somebody says otherwise', async () => {
  const app = await started()
  server()
  const line = { type: 'cellular' }
  Object.assign(navigator, { connection: line })
  const [small, large] = await add(app, file(10), file(app.LARGE + 1))
  await reaches(app, small!, 'done')
  await reaches(app, large!, 'wifi')
  app.goAnyway(large!)
  await reaches(app, large!, 'done')

  const [other] = await add(app, file(app.LARGE + 1))
  await reaches(app, other!, 'wifi')
  line.type = 'wifi'
  app.wake()
  await reaches(app, other!, 'done')

  line.type = 'cellular'
  app.setWifiOnly(false)
  const [third] = await add(app, file(app.LARGE + 1))
  await reaches(app, third!, 'done')
  Object.assign(navigator, { connection: undefined })
})

it('looks at files first: empty, of no use, too large, too long, too many', async () => {
  const app = await started()
  const { said } = server()
  const given = [
    file(0, '空.jpg'),
    file(10, '装.exe', 'application/x-msdownload'),
    { ...file(10, '大.jpg'), bytes: 31 * MB },
    { ...file(10, '长.mp4', 'video/mp4'), seconds: 1801 },
    file(10, '好.jpg'),
    file(11, '多.jpg'),
  ]
  const { ids, wrong } = await app.added(given, { draft: 'k1' }, 1)
  expect(ids).toHaveLength(1)
  expect(wrong).toEqual([
    '“空.jpg”是空文件（0 字节），没有添加',
    '“装.exe”的类型不能上传。可以上传：照片、视频',
    '“大.jpg”太大（31 MB）：照片不能超过 30 MB',
    '“长.mp4”太长：视频不能超过 30 分钟',
    '附件数量已满，“多.jpg”没有添加',
  ])
  await reaches(app, ids[0]!, 'done')
  expect(said.filter((what) => what === 'POST uploads')).toHaveLength(1)
})

it('knows types by the ending where the phone gives none', async () => {
  const { typeOf } = await import('@/uploads/purposes')
  expect(['a.JPG', 'a.m4a', 'a.docx', 'a'].map((name) => typeOf(name)).map((type) => type.split('.').pop())).toEqual([
    'image/jpeg',
    'audio/mp4',
    'document',
    '',
  ])
  expect(typeOf('voice.webm', 'audio/webm;codecs=opus')).toBe('audio/webm')
})

it('sends a report with the ids of its files and their ticket, and goes on with the receipt', async () => {
  const app = await started()
  const filed = { number: 'JB2026-AA14ANFF', secret: 's', filed_on: '2026-11-20', promises: {} }
  let cut = true
  const { asked, held } = server((request, what) => {
    if (request.path === '/api/v1/cases') return { status: 201, data: filed }
    return cut && what.startsWith('PATCH u1 1') ? NO_LINE : undefined
  })
  const [id] = await add(app, file(2 * MB))
  await met(() => expect(app.live.resting.has(id!)).toBe(true))
  await app.post({ key: 'k1', as: 'visitor', path: '/api/v1/cases', body: { text: '窗口', files: [id] }, title: '' })
  const report = asked.find(({ path }) => path === '/api/v1/cases')!
  expect([report.body.files, report.header['Upload-Ticket']]).toEqual([['u1'], 'ticket of k1'])
  expect(app.underWay(filed.number).map((one) => one.id)).toEqual([id])
  expect(kept('ticket:k1', null)).toBeNull()
  cut = false
  app.wake()
  await met(() => expect(app.uploads.value).toEqual([]))
  expect(asked.at(-1)!.header.Authorization).toBe('Receipt JB2026-AA14ANFF:s')
  expect([held.get('u1')!.bytes.length, stored.size]).toEqual([2 * MB, 0])
})

it('lets a report without files go as it always did', async () => {
  const app = await started()
  const { said } = server((request) =>
    request.path === '/api/v1/cases' ? { status: 201, data: { number: 'JB2026-AA14ANFF', promises: {} } } : undefined,
  )
  await app.post({ key: 'k1', as: 'visitor', path: '/api/v1/cases', body: { text: '窗口' }, title: '' })
  expect(said).toEqual(['POST cases'])
})

it('keeps what a report is sent with under its key, and begins files anew only when the server says so', async () => {
  const app = await started()
  let answers: Array<ReturnType<typeof refusal> | { data: object } | null> = []
  const { asked } = server((request) => (request.path === '/api/v1/cases' ? (answers.shift() as any) : undefined))
  const [id] = await add(app, file(10))
  await reaches(app, id!, 'done')
  answers = [null]
  const report = { key: 'k1', as: 'visitor' as const, path: '/api/v1/cases', body: { text: '窗口', files: [id] }, title: '' }
  expect(await app.post(report)).toBeNull()
  const fields = [{ path: 'Upload-Ticket', message: '上传凭证无效或已过期' }]
  answers = [refusal(422, 'invalid', '填写内容有误', { fields }), { data: { number: 'JB2026-AA14ANFF', secret: 's', promises: {} } }]
  await app.flush()
  const sent = asked.filter(({ path }) => path === '/api/v1/cases').map(({ body, header }) => [body.files, header['Idempotency-Key']])
  expect(sent).toEqual([
    [['u1'], 'k1'],
    [['u1'], 'k1'],
    [['u2'], 'k1'],
  ])
})

it('does not send a form with a file that can not go, while somebody is there to see to it', async () => {
  const app = await started()
  server((_, what) => (what === 'POST uploads' ? refusal(415, 'file_type', '不支持') : undefined))
  const [id] = await add(app, file(10))
  await reaches(app, id!, 'refused')
  const step = { as: 'visitor' as const, path: '/x', body: { inputs: { files: [id] } }, title: '' }
  await expect(app.post(step)).rejects.toMatchObject({ code: 'upload_stuck' })
  expect(app.waiting.value).toEqual([])
})

it('keeps nothing that no form speaks of any more, nor what belongs to a receipt that is gone', async () => {
  const app = await started()
  const { held } = server()
  const [lost, drafted] = await add(app, file(10, 'a.jpg'), file(10, 'b.jpg'))
  await reaches(app, lost!, 'done')
  await reaches(app, drafted!, 'done')
  keep('draft:report', { files: [drafted] })
  await app.swept(0)
  expect(app.uploads.value.map(({ id }) => id)).toEqual([drafted])
  app.note(drafted!, { handed: true, draft: undefined, number: 'JB2026-00000000' })
  await app.swept(0)
  expect([app.uploads.value, stored.size, kept('ticket:k1', null)]).toEqual([[], 0, null])
  expect(held.size).toBe(1) // what was handed in stays where it is
})

it('reads pieces in the mini-program by position and length, and above 100 MB from the opened file', async () => {
  const asked: any[] = []
  const answer = (name: string, result: object) => (given: any) => {
    asked.push([name, given.position, given.length])
    given.success?.(result)
    given.complete?.()
  }
  const bytes = new ArrayBuffer(4)
  vi.mocked(uni.getFileSystemManager).mockReturnValue({
    saveFile: answer('saveFile', { savedFilePath: 'wxfile://usr/1.mp4' }),
    access: answer('access', {}),
    readFile: answer('readFile', { data: bytes }),
    open: answer('open', { fd: '3' }),
    read: answer('read', { arrayBuffer: bytes }),
    close: answer('close', {}),
  } as any)
  const { kept: takenIn, opened } = await import('@/uploads/paths')
  const path = await takenIn('upload:1', { name: '', type: '', bytes: 9, path: 'wxfile://tmp/1.mp4' })
  expect(path).toBe('wxfile://usr/1.mp4')
  expect(await (await opened({ path, bytes: 9 } as any))!.piece(4, 8)).toBe(bytes)
  expect(await (await opened({ path, bytes: 200 * MB } as any))!.piece(4, 8)).toBe(bytes)
  expect(asked.filter(([name]) => /^read/.test(name))).toEqual([
    ['readFile', 4, 4],
    ['read', 4, 4],
  ])
  expect(asked.at(-1)![0]).toBe('close')
})

it('has no content in the mini-program when WeChat has thrown it away', async () => {
  vi.mocked(uni.getFileSystemManager).mockReturnValue({ access: ({ fail }: any) => fail({ errMsg: 'no such file' }) } as any)
  const { opened } = await import('@/uploads/paths')
  expect(await opened({ path: 'wxfile://tmp/1.mp4', bytes: 9 } as any)).toBeNull()
})

it('lets the server decide where it could not say what it takes', async () => {
  const { faultOf } = await import('@/uploads/purposes')
  serve(() => NO_LINE)
  expect(faultOf(file(10, 'a.xyz', 'x/y'), [])).toBe('')
  expect(faultOf(file(10, 'a.xyz', 'x/y'), PURPOSES)).not.toBe('')
})
