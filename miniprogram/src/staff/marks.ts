// A text in parts: what is marked in it, and what is not.
export interface Part {
  text: string
  hit: boolean
}

/** Marks may overlap (a quotation holds a number); the server counts characters, JavaScript halves of some. */
export function segments(text: string, marks: Array<{ start: number; end: number }>): Part[] {
  const characters = Array.from(text)
  const marked = characters.map((_, place) => marks.some(({ start, end }) => start <= place && place < end))
  const parts: Part[] = []
  characters.forEach((character, place) => {
    const last = parts.at(-1)
    if (last && last.hit === marked[place]) last.text += character
    else parts.push({ text: character, hit: marked[place]! })
  })
  return parts
}

const AROUND = 14 // characters on either side

/** What stands around a place, so that one sees what it is. */
export function around(text: string, { start, end }: { start: number; end: number }) {
  const characters = Array.from(text)
  const from = Math.max(0, start - AROUND)
  const to = end + AROUND
  return {
    before: (from ? '…' : '') + characters.slice(from, start).join(''),
    after: characters.slice(end, to).join('') + (to < characters.length ? '…' : ''),
  }
}

/** The texts with other words for these, wherever they stand. */
export const replaced = (texts: Record<string, string>, words: string, instead: string): Record<string, string> =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, text.split(words).join(instead)]))
