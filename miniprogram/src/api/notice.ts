// 隐私告知: what people are told before they report; kept on the phone for when there is no line.
import { keep, kept } from '@/kept/store'
import { locale } from '@/locale'
import { ask } from './client'
import type { components } from './types'

export type Notice = components['schemas']['Notice']

const name = () => `notice:${locale()}`

/** The notice as this phone last saw it. */
export const lastNotice = () => kept<Notice | null>(name(), null)

/** The notice that holds now, else as it was kept; raises Refused or Unreached where there is neither. */
export async function notice(): Promise<Notice> {
  try {
    const now = await ask<Notice>('/api/v1/privacy')
    keep(name(), now)
    return now
  } catch (error) {
    const before = lastNotice()
    if (before) return before
    throw error
  }
}
