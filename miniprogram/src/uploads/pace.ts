// How large the next piece is, and how long to rest after a failure: both by what the line did until now.
export const SMALLEST = 256 * 1024 // bytes
export const LARGEST = 8 * 1024 * 1024
const FIRST = 1024 * 1024
const AIM = 4000 // milliseconds that a piece should take: short enough to lose little, long enough to be worth its request
const REST = 1000 // milliseconds after the first failure
const LONGEST_REST = 60_000

const bounded = (bytes: number) => Math.round(Math.min(LARGEST, Math.max(SMALLEST, bytes)))

/** The size after a piece of so many bytes took so long: at most twice or half of what it was. */
export function sizeAfter(size: number, bytes: number, took: number): number {
  if (bytes < size && took < AIM) return size // the end of a file: too little to go by
  const fitting = (bytes / Math.max(took, 1)) * AIM
  return bounded(Math.min(size * 2, Math.max(size / 2, fitting)))
}

/** The line as all uploads of this phone share it. */
export const line = {
  size: FIRST,
  went: (bytes: number, took: number) => void (line.size = sizeAfter(line.size, bytes, took)),
  broke: () => void (line.size = bounded(line.size / 2)),
}

/** Milliseconds to rest after so many failures in a row (from 1); spread, so that not all phones come back at once. */
export function restAfter(failures: number, chance = Math.random()): number {
  const most = Math.min(LONGEST_REST, REST * 2 ** (failures - 1))
  return Math.round(most * (0.5 + chance / 2))
}
