// Who one is at WeChat: proved by its code, held in memory until it is used.
import { ref } from 'vue'
import { ask } from '@/api/client'
import type { components } from '@/api/types'

export type Proven = components['schemas']['Proven']
type Consent = components['schemas']['Consent']

/** What was proved and not used yet. */
export const proven = ref<Proven | null>(null)

const identify = (body: object) => ask<Proven>('/api/v1/wechat/identities', { method: 'POST', body })

/** Whether WeChat is around: on H5 only its own browser answers for somebody; the demo's WeChat takes any. */
export function inWechat(demo: boolean): boolean {
  // #ifdef H5
  return demo || /MicroMessenger/i.test(navigator.userAgent)
  // #endif
  // #ifndef H5
  void demo
  return true
  // #endif
}

const KEPT = 'yijian:consent' // on H5, in this tab only, until it comes back
interface Begun {
  verifier: string
  next: string
}

/** Prove it; raises Refused or Unreached. On H5 this page is left for WeChat's, which leads back to `next`. */
export async function prove(next: string): Promise<void> {
  // #ifdef MP-WEIXIN
  const { code } = await uni.login({ provider: 'weixin' })
  proven.value = await identify({ by: 'mini', code })
  void next
  // #endif
  // #ifdef H5
  const bytes = crypto.getRandomValues(new Uint8Array(32))
  const verifier = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  const { url } = await ask<Consent>('/api/v1/wechat/consents', { method: 'POST', body: { verifier } })
  sessionStorage.setItem(KEPT, JSON.stringify({ verifier, next } satisfies Begun))
  location.assign(url)
  // #endif
}

// #ifdef H5
const begun = () => JSON.parse(sessionStorage.getItem(KEPT) ?? 'null') as Begun | null

/** Where whoever left for WeChat's page wanted to go on. */
export const leftFor = (): string => begun()?.next ?? ''

/** Back from WeChat's page: prove it with what it gave; raises Refused or Unreached. */
export async function cameBack(code: string, state: string): Promise<void> {
  proven.value = await identify({ by: 'official', code, state, verifier: begun()?.verifier ?? '0'.repeat(64) })
  sessionStorage.removeItem(KEPT)
}
// #endif
