// The line of a recording: as many parts as a small screen shows, and in words where it is loud.
import { lengthInWords } from './fileWords'

const SHOWN = 100
const LOUD = 0.5 // of the loudest
const TOLD = 3

/** The loudest of each of at most a hundred equal parts, from 0 to 1. */
export function thinned(peaks: number[]): number[] {
  const each = Math.max(1, Math.ceil(peaks.length / SHOWN))
  const parts = Array.from({ length: Math.ceil(peaks.length / each) }, (_, n) => peaks.slice(n * each, (n + 1) * each))
  return parts.map((part) => Math.min(1, Math.max(0, ...part)))
}

/** `0:03–0:07、0:12–0:15`: the three longest stretches that are loud, in their order. */
export function loudParts(peaks: number[], seconds: number): string {
  const loud = Math.max(...peaks, 0) * LOUD
  const parts: Array<[number, number]> = []
  peaks.forEach((peak, place) => {
    if (!loud || peak < loud) return
    const last = parts.at(-1)
    if (last && place - last[1] <= 1) last[1] = place
    else parts.push([place, place])
  })
  const long = ([from, to]: [number, number]) => to - from
  const told = [...parts].sort((one, other) => long(other) - long(one)).slice(0, TOLD)
  const time = (place: number) => lengthInWords((place / peaks.length) * seconds)
  return told.sort(([one], [other]) => one - other).map(([from, to]) => `${time(from)}–${time(to + 1)}`).join('、')
}
