import { flushPromises, mount } from '@vue/test-utils'
import { expect, it } from 'vitest'
import { i18n } from '@/locale'
import FiguresPage from '@/pages/figures/index.vue'
import { refusal, type Request, serve } from './serve'

const month = (since: string, accepted: number | null) => ({ since, figures: { accepted, due: 9, effective_rate: 0.9 } })
const quarter = {
  quarter: '2026-Q1',
  since: '2026-01-01',
  until: '2026-03-31',
  figures: { accepted: 61, due: 40, effective_rate: 0.925, rated: null, satisfied_rate: null },
  regions: [
    { key: '6201', label: '兰州市', figures: { accepted: 50 } },
    { key: '6202', label: '嘉峪关市', figures: { accepted: null } },
    { key: '6203', label: '金昌市', figures: { accepted: null } },
  ],
  categories: [{ key: 'B10', label: '审批拖延', figures: { accepted: 61 } }],
}
const published = {
  region: '62',
  region_name: '甘肃省',
  definitions: '2026-1',
  fewest: 5,
  published_at: '2026-04-02T09:00:00+08:00',
  counts: [{ code: 'accepted', label: '受理', says: '期内受理的。' }],
  rates: [
    { code: 'effective_rate', label: '有效办结率', of: 'due', of_label: '应办结', says: '比例。', leaves_out: '剔除的不计。' },
    { code: 'satisfied_rate', label: '满意度', of: 'rated', of_label: '有效评价', says: '比例。', leaves_out: '' },
  ],
  months: [month('2026-01-01', 30), month('2026-02-01', null), month('2026-03-01', 25)],
  sums: { accepted: { value: 55, left_out: 1 } },
  quarters: ['2026-Q1'],
  quarter,
}

async function opened(answer: (request: Request) => any) {
  const asked = serve(answer)
  const page = mount(FiguresPage, { global: { plugins: [i18n] } })
  const hooks = page.vm.$ as unknown as Record<string, Array<(query?: object) => void>>
  hooks.onLoad!.forEach((hook) => hook({}))
  await flushPromises()
  return { page, asked }
}

it('shows every number in words, and says which are left out', async () => {
  const { page } = await opened(() => ({ data: published }))
  const text = page.text()
  for (const said of ['甘肃省', '55', '另有 1 个月不列', '92.5%', '应办结：40', '有效评价：不列', '兰州市']) {
    expect(text).toContain(said)
  }
  const columns = page.findAll('[role=listitem]').map((one) => one.text())
  expect(columns).toEqual(['301月', '不列2月', '253月'])
})

it('takes a quarter apart by category, and explains the figures', async () => {
  const { page } = await opened(() => ({ data: published }))
  const choice = page.findAll('[role=radio]').find((one) => one.text().includes('分类别'))!
  await choice.trigger('click')
  expect(page.text()).toContain('审批拖延')
  await page.findAll('[role=button]').at(-1)!.trigger('click')
  expect(page.text()).toContain('期内受理的。')
  expect(page.text()).toContain('剔除的不计。')
})

it('says when nothing is published, and when nothing can be had', async () => {
  const nothing = { ...published, months: [], quarters: [], quarter: null }
  expect((await opened(() => ({ data: nothing }))).page.text()).toContain('还没有公布数据')
  expect((await opened(() => refusal(503, 'unavailable', '服务暂时不可用'))).page.text()).toContain('服务暂时不可用')
})
