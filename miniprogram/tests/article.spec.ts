import { flushPromises, mount } from '@vue/test-utils'
import { expect, it } from 'vitest'
import { i18n } from '@/locale'
import Shown from '@/staff/report/Shown.vue'
import { serve } from './serve'

const report = {
  official: { name: '述法人甲', title: '区长', unit: '城关区人民政府' },
  cycle: { year: 2026, title: '2026年度述法', submit_by: '2026-12-20', longest_seconds: 300 },
  scope_label: '向社会公开', published_at: '2026-11-20T09:00:00+08:00', content: null,
}

/** What the page of a report says of its draft at the official account. */
async function told(article: object | null): Promise<string> {
  serve(() => ({ data: [] }))
  const matter = { kind: 'report', number: 'SF2026-AA14ANFF', version: 1, report: { ...report, article } }
  const page = mount(Shown, { props: { matter } as any, global: { plugins: [i18n] } })
  await flushPromises()
  return page.text()
}
const draft = (state: string, state_label: string, why = '') => ({ state, state_label, why, at: '2026-11-21T10:05:00+08:00' })

it('says what became of the draft at the official account, why, and when', async () => {
  expect(await told(null)).not.toContain('公众号草稿')
  const there = await told(draft('there', '已在公众号草稿箱，请到公众平台查看、发布'))
  expect(there).toContain('公众号草稿已在公众号草稿箱，请到公众平台查看、发布2026年11月21日 10:05')
  expect(there).not.toContain('原因')
  expect(await told(draft('gone', '已不在公众号草稿箱'))).toContain('已不在公众号草稿箱')
  const failed = await told(draft('refused', '公众号没有收下', '微信错误码 45009'))
  expect(failed).toContain('!公众号草稿公众号没有收下原因：微信错误码 45009')
})
