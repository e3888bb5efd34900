// How somebody on this phone takes part in a report: as the public by WeChat, by a case's receipt, or as an evaluator.
import { ask, type Asked } from '@/api/client'
import type { components } from '@/api/types'
import { receiptOf } from '@/kept/receipts'
import { askAsStaff, me, signedIn } from '@/kept/session'
import { proven } from '@/kept/wechat'

export type Ballot = components['schemas']['BallotView']
export type Voices = components['schemas']['Voices']
export type Comment = components['schemas']['CommentView']
export type Way = 'evaluator' | 'receipt' | 'public'

/** By which way; a receipt is named by its case's number. */
export function wayOf(held: string): Way {
  if (held && receiptOf(held)) return 'receipt'
  return signedIn.value && me.value?.active?.role === 'evaluator' ? 'evaluator' : 'public'
}

/** Ask as whoever takes part; of the public only the proof goes along, in the body. */
export function taking<T>(way: Way, number: string, below: string, held: string, body?: object, key?: string): Promise<T> {
  const asked: Asked = { method: body || way === 'public' ? 'POST' : 'GET', body, key }
  if (way === 'evaluator') return askAsStaff<T>(`/api/v1/reports/${number}/${below}`, asked)
  if (way === 'receipt') return ask<T>(`/api/v1/reports/${number}/${below}`, { ...asked, receipt: receiptOf(held) })
  return ask<T>(`/api/v1/public/reports/${number}/${below}`, { ...asked, body: { ...body, proof: proven.value!.proof } })
}
