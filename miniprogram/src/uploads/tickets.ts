// The ticket that a report's files are uploaded with before there is a receipt; one for each report, asked for once.
import { ask } from '@/api/client'
import type { components } from '@/api/types'
import { forget, keep, kept } from '@/kept/store'

const nameOf = (draft: string) => `ticket:${draft}`
const asked = new Map<string, Promise<string>>()

/** The ticket of the report with this key; raises Refused or Unreached. */
export function ticketOf(draft: string): Promise<string> {
  const held = kept(nameOf(draft), '')
  if (held) return Promise.resolve(held)
  if (!asked.has(draft)) asked.set(draft, fresh(draft).finally(() => asked.delete(draft)))
  return asked.get(draft)!
}

/** Its time is over, or the report has been filed. */
export const forgetTicket = (draft: string) => forget(nameOf(draft))

async function fresh(draft: string): Promise<string> {
  const body = { idempotency_key: draft }
  const { ticket } = await ask<components['schemas']['Ticket']>('/api/v1/uploads/tickets', { method: 'POST', body })
  keep(nameOf(draft), ticket)
  return ticket
}
