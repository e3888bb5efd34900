import { expect, it } from 'vitest'
import { sceneIn, sceneOf } from '@/staff/screen'
import { confirmPage, inside } from '@/staff/ways'

const SCENE = 'pc.0123456789ABCDEF'

it('reads the computer that waits in whatever way its code was scanned', () => {
  expect(sceneOf({ scene: SCENE })).toBe(SCENE)
  expect(sceneOf({ scene: encodeURIComponent(SCENE) })).toBe(SCENE)
  expect(sceneOf({ q: encodeURIComponent(`https://report.example/s/${SCENE}`) })).toBe(SCENE)
  expect(sceneIn(`https://report.example/s/${SCENE}?from=x`)).toBe(SCENE)
  for (const other of [undefined, '', 'pc.short', 'https://report.example/q/7K3F9T2MAB12CD', `${SCENE}/../x`, '%']) {
    expect(sceneOf({ scene: other })).toBe('')
    expect(sceneOf({ q: other })).toBe('')
  }
})

it('finds back to what it was to confirm, and to no page of others', () => {
  expect(inside(encodeURIComponent(confirmPage(SCENE)))).toBe(confirmPage(SCENE))
  for (const other of ['https://evil.example/', '//evil.example', '/staff/../x/index', 'javascript:alert(1)']) {
    expect(inside(other)).toBe('')
  }
})

it('keeps where one wanted to go on the way over WeChat', () => {
  const next = `/staff/sign-in/index?back=${encodeURIComponent(confirmPage(SCENE))}`
  expect(inside(encodeURIComponent(next))).toBe(next)
})
