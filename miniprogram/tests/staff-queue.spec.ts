import { beforeEach, expect, it, vi } from 'vitest'
import { Unreached } from '@/api/client'
import { endless, type PageOf } from '@/parts/endless'

type Row = { id: string; n?: number }
const row = (n: number): Row => ({ id: `r${n}`, n })
const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, place) => row(from + place))

/** A list of a hundred thousand rows, ten a page. */
const long = (cursor?: string): Promise<PageOf<Row>> => {
  const from = Number(cursor ?? 0)
  return Promise.resolve({ items: rows(from, from + 10), next: from + 10 < 100_000 ? String(from + 10) : null })
}

it('holds a few pages of a list of any length, and finds the way back up', async () => {
  const list = endless(long, 3)
  await list.reset()
  for (let n = 0; n < 50; n++) await list.more()
  expect(list.items.value).toHaveLength(30)
  expect(list.items.value[0]!.id).toBe('r480')
  expect(list.above.value).toBe(true)
  await list.earlier()
  expect(list.items.value.map(({ n }) => n)).toEqual(rows(470, 500).map(({ n }) => n))
  await list.more()
  expect(list.items.value.at(-1)!.id).toBe('r509')
  while (list.above.value) await list.earlier()
  expect(list.items.value[0]!.id).toBe('r0')
})

it('shows once what moved between two pages', async () => {
  const pages: PageOf<Row>[] = [
    { items: [row(1), row(2)], next: 'b' },
    { items: [{ id: 'r1', n: 100 }, row(3)], next: null },
  ]
  const list = endless<Row>(() => Promise.resolve(pages.shift()!))
  await list.reset()
  await list.more()
  expect(list.items.value).toEqual([row(2), { id: 'r1', n: 100 }, row(3)])
  expect(list.next.value).toBeNull()
})

it('keeps the list when the line drops, and says so', async () => {
  const get = vi.fn(long)
  const list = endless(get)
  await list.reset()
  get.mockRejectedValueOnce(new Unreached('away'))
  await list.more()
  expect(list.items.value).toHaveLength(10)
  expect(list.error.value).toBeInstanceOf(Unreached)
  get.mockRejectedValueOnce(new Unreached('away'))
  expect(await list.reset()).toBe(false)
  expect(list.items.value).toHaveLength(10)
  await list.more()
  expect(list.items.value).toHaveLength(20)
  expect(list.error.value).toBeNull()
})

it('lets go of the answer to a question that nobody asks any more', async () => {
  const answers: Array<(page: PageOf<Row>) => void> = []
  const list = endless<Row>(() => new Promise((resolve) => answers.push(resolve)))
  const first = list.reset()
  list.clear()
  const second = list.reset()
  answers[1]!({ items: [row(2)], next: null })
  answers[0]!({ items: [row(1)], next: null })
  expect(await first).toBe(false)
  expect(await second).toBe(true)
  expect(list.items.value).toEqual([row(2)])
})

const post = { id: 'post-1', role: 'registrar', title: '受理员', unit: 'u', unit_name: '受理中心', region: '62', stands_in: false }
const other = { ...post, id: 'post-2' }
const duty = { id: 'd1', name: 'screen', label: '甄别研判', mine: false, claimed: false, releasable: false, due_at: '2026-12-03T23:59:59+08:00' }
const counts = { mine: 1, unit: 100, due_soon: 0, overdue: 2, waiting: 0, returned: 0 }
let answer: (url: string, method: string) => [number, unknown] | null

beforeEach(async () => {
  vi.resetModules()
  vi.mocked(uni.request).mockImplementation((asked: any) => {
    const said = answer(asked.url, asked.method)
    if (said) asked.success({ statusCode: said[0], data: said[1] })
    else asked.fail({ errMsg: 'away' })
    return undefined as any
  })
  answer = (url) => {
    if (url.endsWith('/session')) return [200, { name: '江阳', active: post, posts: [post, other] }]
    if (url.endsWith('/session/post')) return [200, { name: '江阳', active: other, posts: [post, other] }]
    if (url.includes('counts')) return [200, counts]
    return [200, { items: [duty], next: null }]
  }
  const { begin } = await import('@/kept/session')
  await begin('token')
})

it('shows the kept list of this post without a line, of no other post and no other session', async () => {
  const { useQueue } = await import('@/staff/queue')
  const session = await import('@/kept/session')
  await useQueue().refresh()
  const online = answer
  answer = () => null
  const offline = useQueue()
  await offline.refresh()
  expect(offline.shown.value.map(({ id }) => id)).toEqual(['d1'])
  expect(offline.stale.value).not.toBe('')
  answer = online
  await session.switchPost('post-2')
  expect(offline.shown.value).toEqual([])
  expect(useQueue().shown.value).toEqual([])
  answer = () => [204, '']
  await session.signOut()
  await session.begin('again').catch(() => undefined)
  expect(useQueue().shown.value).toEqual([])
})

it('claims in place, drops what is given back from mine, and knows the kinds it has seen', async () => {
  const { useQueue, badgeOf } = await import('@/staff/queue')
  const queue = useQueue()
  await queue.narrow({ tab: 'unit' })
  expect(queue.kinds.value).toEqual({ screen: '甄别研判' })
  await queue.turn(queue.shown.value[0]!, 'claim')
  expect(queue.shown.value[0]).toMatchObject({ mine: true, claimed: true, releasable: true })
  await queue.narrow({ tab: 'mine' })
  await queue.turn(queue.shown.value[0]!, 'release')
  expect(queue.shown.value).toEqual([])
  expect(badgeOf(counts, (n) => `逾期 ${n}`)).toBe('1 · 逾期 2')
  expect(badgeOf({ ...counts, mine: 0, overdue: 0 }, String)).toBe('')
})
