// A request for a complainant's identity: whether this reader may look now, and how long still.
import type { Matter } from '@/api/matters'

interface Told {
  open: boolean
  yours: boolean
  open_until: string | null
}

export const isIdentity = (matter: Matter) => matter.kind === 'identity_request'

/** While it is open to whoever reads; what else it needs the server decides. */
export function identityOf(matter: Matter | null): { open_until: string } | null {
  const told = matter && isIdentity(matter) ? ((matter as Record<string, any>).identity_request as Told) : null
  return told?.open && told.yours && told.open_until ? { open_until: told.open_until } : null
}

/** `29:59` of the time that is left, `0:00` when it is over. */
export function leftIn(until: string, now: number): string {
  const seconds = Math.max(0, Math.floor((Date.parse(until) - now) / 1000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
