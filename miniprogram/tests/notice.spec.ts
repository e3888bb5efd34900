import { expect, it } from 'vitest'
import { lastNotice, notice } from '@/api/notice'
import { blocksOf } from '@/pages/read/blocks'
import { refusal, serve } from './serve'

it('shows a notice as text: headings, points, the rows of a table, and no markup', () => {
  const text = '# 告知\n大白话\n\n## 一\n* **匿名**：不收集\n- 保密\n\n| 谁 | 看得到 |\n| --- | :-: |\n| 回访员 | 电话 |\n\n<b>不是标记</b>'
  expect(blocksOf(text)).toEqual([
    { heading: true, text: '告知' },
    { heading: false, text: '大白话' },
    { heading: true, text: '一' },
    { heading: false, text: '· 匿名：不收集\n· 保密' },
    { heading: false, text: '▪ 回访员\n看得到：电话' },
    { heading: false, text: '<b>不是标记</b>' },
  ])
})

it('is there without a line once it was read, and says so when it never was', async () => {
  serve(() => null)
  await expect(notice()).rejects.toThrow()
  const now = { version: '2026-11', text: '告知', effective_from: '2026-11-01', language: 'zh-Hans' }
  serve(() => ({ data: now }))
  expect(await notice()).toEqual(now)
  serve(() => refusal(503, 'unavailable', '服务暂时不可用'))
  expect([await notice(), lastNotice()]).toEqual([now, now])
})
