// Who is signed in on this phone: the token and through which post they act.
import { computed, ref, watch } from 'vue'
import { type Asked, ask, authorization, Refused } from '@/api/client'
import type { components } from '@/api/types'
import { locale } from '@/locale'
import { forget, forgetAll, keep, kept } from './store'

export type Me = components['schemas']['Me']

const NAME = 'session'
const token = ref<string>(kept(NAME, ''))
export const me = ref<Me | null>(kept<Me | null>('me', null))
export const signedIn = computed(() => token.value !== '')

/** Through which post one acts; names what is kept for it. */
export const post = computed(() => me.value?.active?.id ?? '')

// Posts are called by their names in the language that they were asked for in.
watch(locale, () => signedIn.value && void refreshed().catch(() => undefined))

/** How whoever is signed in shows it, where something is fetched past `askAsStaff`. */
export const staffAuthorization = () => authorization({ token: token.value })

/** Ask as whoever is signed in. A session that has ended leads to the sign-in page and back; drafts stay. */
export const askAsStaff = <T>(path: string, asked: Asked = {}) =>
  asStaff((token) => ask<T>(path, { ...asked, token }))

/** Do with the session's token what asks the server. */
export async function asStaff<T>(does: (token: string) => Promise<T>): Promise<T> {
  const asking = token.value
  try {
    return await does(asking)
  } catch (error) {
    // Several questions may come back so at once: the first clears the token and leads away.
    if (error instanceof Refused && error.code === 'not_signed_in' && token.value === asking) {
      clear()
      toSignIn(asking !== '')
    }
    throw error
  }
}

/** To the sign-in page, which leads back here. */
export function toSignIn(ended = false): void {
  const here = getCurrentPages().at(-1) as { $page?: { fullPath: string } } | undefined
  const back = here?.$page?.fullPath ?? ''
  if (back.startsWith('/staff/sign-in/')) return
  uni.redirectTo({ url: `/staff/sign-in/index?${ended ? 'ended=1&' : ''}back=${encodeURIComponent(back)}` })
}

/** Take a token that was just given, and find out who that is. */
export async function begin(given: string): Promise<Me> {
  token.value = given
  keep(NAME, given)
  return refreshed()
}

/** Ask the server again who one is. */
export async function refreshed(): Promise<Me> {
  me.value = await askAsStaff<Me>('/api/v1/session')
  keep('me', me.value)
  return me.value
}

export async function switchPost(post: string): Promise<void> {
  me.value = await askAsStaff<Me>('/api/v1/session/post', { method: 'PUT', body: { post } })
  keep('me', me.value)
}

/** End the session on the server and on this phone; without a line on this phone only. */
export async function signOut(): Promise<void> {
  try {
    await ask('/api/v1/session', { method: 'DELETE', token: token.value })
  } catch {
    // without a line the session ends by itself
  } finally {
    clear()
    forgetAll('draft:staff:')
  }
}

/** Everything was ended on the server, this session too. */
export function ended(): void {
  clear()
  toSignIn()
}

function clear(): void {
  token.value = ''
  me.value = null
  forget(NAME)
  forget('me')
  forgetAll('staff:') // what was read through this session
}
