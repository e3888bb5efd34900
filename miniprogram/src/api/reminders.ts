// Reminders over WeChat: which there are, whether one is on for a case, and the taps that turn them on.
import { ask, type Receipt } from './client'
import { urlOf } from './matters'
import type { components } from './types'

export type Ways = components['schemas']['NoticeWays']
export type Reach = components['schemas']['ReachView']
export type Code = components['schemas']['ReachCode']

export const waysToRemind = () => ask<Ways>('/api/v1/notices/ways')
export const reachOf = (receipt: Receipt) => ask<Reach>(`${urlOf(receipt.number)}/reach`, { receipt })
export const turnOff = (receipt: Receipt) => ask<Reach>(`${urlOf(receipt.number)}/reach`, { receipt, method: 'DELETE' })

/** The code of the official account's that somebody scans to be told about a case. */
export const codeFor = (receipt: Receipt) =>
  ask<Code>(`${urlOf(receipt.number)}/reach/code`, { receipt, method: 'POST', body: {} })

// #ifdef MP-WEIXIN
/** Ask for one more message about a case; to be called in the tap itself. Undefined: not consented to. */
export async function turnOn(receipt: Receipt, ways: Ways): Promise<Reach | undefined> {
  const body = await consentedTo(ways.progress_lasting ?? ways.progress)
  return body && ask<Reach>(`${urlOf(receipt.number)}/reach`, { receipt, method: 'POST', body })
}

/** What WeChat's prompt brought, with the code that says whose it is: nobody is asked who they are before they consent. */
export async function consentedTo(template: string | null): Promise<{ code: string; accepted: string[] } | undefined> {
  if (!template) return undefined
  const accepted = await new Promise<boolean>((resolve, reject) =>
    uni.requestSubscribeMessage({
      tmplIds: [template],
      success: (answer: Record<string, any>) => resolve(answer[template] === 'accept'),
      fail: ({ errMsg }: { errMsg: string }) => reject(new Error(errMsg)),
    }),
  )
  if (!accepted) return undefined
  const code = await new Promise<string>((resolve, reject) =>
    uni.login({ provider: 'weixin', success: (login) => resolve(login.code), fail: ({ errMsg }) => reject(new Error(errMsg)) }),
  )
  return { code, accepted: [template] }
}
// #endif
