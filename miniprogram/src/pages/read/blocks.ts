// The privacy notice as blocks of text: headings and paragraphs, and nothing that could be more than text.
export interface Block {
  heading: boolean
  text: string
}

/** Blocks between empty lines; a line with # before it is a heading, list marks become points, a table its rows. */
export function blocksOf(markdown: string): Block[] {
  return markdown
    .replace(/\r\n?/g, '\n')
    .replace(/\*\*/g, '')
    .replace(/^(#+ .*)$/gm, '\n$1\n')
    .split(/\n\s*\n/)
    .map((block) => block.trim())
    .filter(Boolean)
    .flatMap((block) => {
      if (block.startsWith('|')) return rows(block).map((text) => ({ heading: false, text }))
      const heading = /^#+\s+/.test(block)
      return { heading, text: heading ? block.replace(/^#+\s+/, '') : block.replace(/^[-*]\s+/gm, '· ') }
    })
}

/** Each row of a table as lines, since a phone is too narrow for columns: its first cell, then the others by their titles. */
function rows(table: string): string[] {
  const [titles, ...lines] = table
    .split('\n')
    .filter((line) => !/^[|\s:-]+$/.test(line))
    .map((line) => line.replace(/^\||\|\s*$/g, '').split('|').map((cell) => cell.trim()))
  const colon = /[^\x00-\x7f]/.test(table) ? '：' : ': '
  return lines.map(([first, ...cells]) =>
    [`▪ ${first}`, ...cells.map((cell, place) => `${titles![place + 1]}${colon}${cell}`)].join('\n'),
  )
}
