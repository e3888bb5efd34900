// An invitation on paper, as the server makes it for whoever has its code.
import { BASE, Refused, Unreached } from '@/api/client'
import { staffAuthorization } from '@/kept/session'

// #ifdef H5
/** Let the browser save it; raises Refused or Unreached. */
export async function downloadLetter(code: string): Promise<void> {
  const answer = await fetch(`${BASE}/api/v1/invitations/letter.pdf`, {
    method: 'POST',
    headers: { Authorization: staffAuthorization(), 'Content-Type': 'application/json' },
    body: JSON.stringify({ code }),
  }).catch((error) => Promise.reject(new Unreached(String(error))))
  if (!answer.ok) {
    const said = await answer.json().catch(() => null)
    throw said?.code ? new Refused(answer.status, said.code, said.message) : new Unreached(`HTTP ${answer.status}`)
  }
  const href = URL.createObjectURL(await answer.blob())
  Object.assign(document.createElement('a'), { href, download: 'invitation.pdf' }).click()
  setTimeout(() => URL.revokeObjectURL(href), 60_000)
}
// #endif
