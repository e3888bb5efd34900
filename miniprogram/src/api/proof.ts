// Proof of work: asked of everybody under load, solved here in slices so that the page stays alive.
import { sha256 } from 'js-sha256'

const SLICE = 2_000 // tries between two looks at the screen

/** A nonce such that SHA-256 of `challenge:nonce` begins with as many zero bits as the challenge's fourth field says. */
export async function nonceOf(challenge: string): Promise<string> {
  const bits = Number(challenge.split('.')[3])
  for (let nonce = 0; ; nonce++) {
    if (zeroBits(sha256.array(`${challenge}:${nonce}`)) >= bits) return String(nonce)
    if (nonce % SLICE === SLICE - 1) await new Promise((resolve) => setTimeout(resolve))
  }
}

/** How many zero bits a digest begins with. */
export function zeroBits(digest: number[]): number {
  const first = digest.findIndex((byte) => byte !== 0)
  return first < 0 ? digest.length * 8 : first * 8 + Math.clz32(digest[first]!) - 24
}
