// What may be done with a comment as it stands; the server has the last word.
import type { components } from '@/api/types'

export type Read = components['schemas']['ReadView']
export type Outcome = Exclude<components['schemas']['CommentState'], 'waiting'>

/** What a reviewer may decide: on the words themselves first, then on the reply, which is for everybody or for nobody. */
export function outcomes(one: Read): Outcome[] {
  if (one.state === 'waiting') return ['public', 'official', 'refused']
  return one.reply_state === 'waiting' ? ['public', 'refused'] : []
}

/** A comment as it stands after a decision. */
export function decided(one: Read, outcome: Outcome, reason: string): Read {
  return one.state === 'waiting'
    ? { ...one, state: outcome, reason }
    : { ...one, reply_state: outcome, reply_reason: reason }
}

/** The official replies to what everybody reads, once; anew where the reply was refused. */
export const answerable = (one: Read) =>
  one.state === 'public' && (one.reply_state === null || one.reply_state === 'refused')
