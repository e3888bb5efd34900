// Captions as the server keeps them (WebVTT without styles): read into lines with their times, and written from them.

export interface Cue {
  begin: number
  end: number
  text: string
}

const TIMES = /^((?:\d+:)?\d{1,2}:\d{2}[.,]\d{3})\s+-->\s+((?:\d+:)?\d{1,2}:\d{2}[.,]\d{3})/
const seconds = (time: string) => time.replace(',', '.').split(':').reduce((sum, part) => sum * 60 + Number(part), 0)

/** The lines of WebVTT or SRT, in their order; what can't be read is left to the server to refuse. */
export function cuesOf(vtt: string): Cue[] {
  return vtt
    .replace(/\r\n?/g, '\n')
    .split(/\n{2,}/)
    .flatMap((block) => {
      const lines = block.split('\n')
      const at = lines.findIndex((line) => TIMES.test(line))
      const found = at < 0 ? null : TIMES.exec(lines[at]!)
      return found ? [{ begin: seconds(found[1]!), end: seconds(found[2]!), text: lines.slice(at + 1).join('\n').trim() }] : []
    })
}

/** What is said at a second. */
export const saidAt = (cues: Cue[], at: number) => cues.find(({ begin, end }) => begin <= at && at < end)?.text ?? ''

/** Captions for lines that were typed without times: each as long as its share of the letters. */
export function spread(text: string, length: number): string {
  const lines = text.split('\n').map((line) => line.trim()).filter(Boolean)
  const letters = lines.reduce((sum, line) => sum + line.length, 0)
  let at = 0
  const cues = lines.map((line) => {
    const begin = at
    at += (line.length / letters) * length
    return `${written(begin)} --> ${written(at)}\n${line}`
  })
  return cues.length ? `WEBVTT\n\n${cues.join('\n\n')}\n` : ''
}

/** `00:01:05.250` */
export function written(at: number): string {
  const whole = Math.floor(at)
  const two = (n: number) => String(n).padStart(2, '0')
  const thousandths = String(Math.floor((at - whole) * 1000)).padStart(3, '0')
  return `${two(Math.floor(whole / 3600))}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}.${thousandths}`
}
