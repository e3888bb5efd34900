// What a scanned code brought along: a scene of the mini-program code, or the address of an ordinary link.
const FORM = /^[A-Za-z0-9._~-]{1,32}$/

/** The scene in a page's query; empty if there is none that may be sent. */
export function sceneOf(query: Record<string, string | undefined> = {}): string {
  const link = readable(query.q ?? '').split(/[?#]/)[0]!
  const scene = readable(query.scene ?? '') || (link.includes('/q/') ? link.split('/').pop()! : '')
  return FORM.test(scene) ? scene : ''
}

function readable(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}
