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
