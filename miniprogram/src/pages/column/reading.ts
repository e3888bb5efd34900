// Whose column it is: everybody's, or, on a phone where somebody of the staff is signed in, what their scope admits too.
import { ask, type Asked, Refused } from '@/api/client'
import { signedIn, staffAuthorization } from '@/kept/session'

const EVERYBODY = '/api/v1/public/reports'
const STAFF = '/api/v1/reports'

/** Ask for what stands below the column; a session that is over reads as everybody does. */
export async function column<T>(below: string, asked: Asked = {}): Promise<{ data: T; staff: boolean }> {
  if (signedIn.value) {
    try {
      const header = { ...asked.header, Authorization: staffAuthorization() }
      return { data: await ask<T>(STAFF + below, { ...asked, header }), staff: true }
    } catch (error) {
      if (!(error instanceof Refused && [401, 403].includes(error.status))) throw error
    }
  }
  return { data: await ask<T>(EVERYBODY + below, asked), staff: false }
}
