// The scene of a waiting computer, in what a scanned code brought along.
const FORM = /^pc\.[0-9A-HJKMNP-TV-Z]{16}$/

/** The scene in a page's query: by itself, or in the address of an ordinary link; empty if there is none. */
export function sceneOf(query: Record<string, string | undefined> = {}): string {
  const given = readable(query.scene ?? '') || sceneIn(readable(query.q ?? ''))
  return FORM.test(given) ? given : ''
}

/** The scene in the address that a code holds; empty if there is none. */
export function sceneIn(link: string): string {
  const last = link.split(/[?#]/)[0]!.split('/s/').pop()!
  return FORM.test(last) ? last : ''
}

function readable(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}
