// Who reads on this phone, where both may: the holder of a receipt, or whoever is signed in.
import { ask, type Asked, authorization } from '@/api/client'
import { receiptOf } from './receipts'
import { askAsStaff, staffAuthorization } from './session'

export type As = 'staff' | 'receipt'

export interface Reader {
  ask: <T>(path: string, asked?: Asked) => Promise<T>
  /** The header that shows who reads. */
  authorization: () => string
  /** Whether a browser shows it by itself when it follows a link: only staff are given a cookie. */
  cookie: boolean
}

/** Whoever reads a matter on this phone. */
export function readerOf(as: As, number: string): Reader {
  if (as === 'staff') return { ask: askAsStaff, authorization: staffAuthorization, cookie: true }
  const receipt = () => receiptOf(number)
  return {
    ask: (path, asked = {}) => ask(path, { ...asked, receipt: receipt() }),
    authorization: () => authorization({ receipt: receipt() }),
    cookie: false,
  }
}

/** Whoever comes along, on what is there for everybody. */
export const VISITOR: Reader = { ask, authorization: () => '', cookie: true }
