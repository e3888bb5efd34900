import { expect, it } from 'vitest'

const read = import.meta.glob<string>('../src/**/*.{vue,ts}', { query: '?raw', import: 'default', eager: true })
const sources = Object.entries(read)
  .map(([path, text]) => [path.replace('../src/', ''), text] as const)
  .filter(([name]) => name !== 'api/types.ts')
const named = (pattern: RegExp) => sources.filter(([, text]) => pattern.test(text)).map(([name]) => name)

/**
 * Whoever reports must not become known to us by WeChat: what asks it who somebody is stays with the staff's pages, but for
 * the reminder, which is asked for by a tap of its own and kept sealed, to be used once, and for whoever rates a report, after
 * a tap of its own too; the pages for reporting know nothing of it.
 */
it('asks WeChat who somebody is for staff, for a reminder that was tapped, and for who rates a report', () => {
  const asking = named(/\b(uni|wx)\s*\.\s*(login|checkSession|getUserInfo|getUserProfile|authorize)\b/)
  expect(asking.sort()).toEqual(['api/reminders.ts', 'kept/wechat.ts'])
  expect(named(/api\/reminders'/).filter((name) => !name.startsWith('staff/'))).toEqual(['parts/Reminder.vue'])
  expect(named(/getPhoneNumber|getphonenumber/)).toEqual(['staff/bind/index.vue'])
  expect(named(/api\/v1\/(wechat|session\/wechat|bindings)/).filter((name) => !name.startsWith('staff/')).sort()).toEqual([
    'kept/wechat.ts',
    'pages/column/TakePart.vue',
  ])
  expect(named(/open-type="(?!share")|openid|unionid|open-data|chooseAvatar/i)).toEqual(['staff/bind/index.vue'])
})

it('keeps the pages of those who report apart from it', () => {
  expect(sources.length).toBeGreaterThan(100)
  expect(named(/from '(@\/staff|(\.\.\/)+staff)/).filter((name) => !name.startsWith('staff/'))).toEqual([])
  const users = named(/from '@\/kept\/wechat'/)
  expect(users.length).toBeGreaterThan(2)
  expect(users.filter((name) => !name.startsWith('staff/')).sort()).toEqual(['pages/column/TakePart.vue', 'pages/column/voices.ts'])
})
