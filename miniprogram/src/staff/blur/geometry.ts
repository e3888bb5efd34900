// Rectangles over a picture, in parts (0 to 1) of it: moved, drawn and resized without leaving it.
import type { Rectangle } from '@/api/files'

export interface Point {
  x: number
  y: number
}
export const CORNERS = ['nw', 'ne', 'sw', 'se'] as const
export type Corner = (typeof CORNERS)[number]
export const SMALLEST = 0.02
/** How far an arrow key goes. */
export const NUDGE = 0.01
const FINE = 1e5

const within = (part: number, low = 0, high = 1) => Math.min(high, Math.max(low, part))
const exact = (part: number) => Math.round(part * FINE) / FINE

function made(rectangle: Rectangle, left: number, top: number, right: number, bottom: number): Rectangle {
  return { ...rectangle, left: exact(left), top: exact(top), width: exact(right - left), height: exact(bottom - top) }
}

/** As large as before, as far as there is room. */
export function moved(one: Rectangle, by: Point): Rectangle {
  const left = within(one.left + by.x, 0, 1 - one.width)
  const top = within(one.top + by.y, 0, 1 - one.height)
  return made(one, left, top, left + one.width, top + one.height)
}

/** One corner is moved, the one across stays. */
export function resized(one: Rectangle, corner: Corner, by: Point): Rectangle {
  let [left, top, right, bottom] = [one.left, one.top, one.left + one.width, one.top + one.height]
  if (corner.endsWith('w')) left = within(left + by.x, 0, right - SMALLEST)
  else right = within(right + by.x, left + SMALLEST, 1)
  if (corner.startsWith('n')) top = within(top + by.y, 0, bottom - SMALLEST)
  else bottom = within(bottom + by.y, top + SMALLEST, 1)
  return made(one, left, top, right, bottom)
}

/** From one corner to the one across; null while it is too small to be meant. */
export function drawn(from: Point, to: Point, begin = 0): Rectangle | null {
  const [left, right] = [Math.min(from.x, to.x), Math.max(from.x, to.x)].map((part) => within(part)) as [number, number]
  const [top, bottom] = [Math.min(from.y, to.y), Math.max(from.y, to.y)].map((part) => within(part)) as [number, number]
  if (right - left < SMALLEST || bottom - top < SMALLEST) return null
  return made({ begin, end: null } as Rectangle, left, top, right, bottom)
}

/** One in the middle, for whoever draws by keyboard. */
export const middle = (begin = 0): Rectangle => ({ left: 0.4, top: 0.4, width: 0.2, height: 0.2, begin, end: null })

/** Which way an arrow key goes; null for any other. */
export function arrow(key: string | undefined): Point | null {
  const ways: Record<string, Point> = {
    ArrowLeft: { x: -NUDGE, y: 0 },
    ArrowRight: { x: NUDGE, y: 0 },
    ArrowUp: { x: 0, y: -NUDGE },
    ArrowDown: { x: 0, y: NUDGE },
  }
  return ways[key ?? ''] ?? null
}

/** Whether it covers something at this moment of a film. */
export const covers = ({ begin, end }: Rectangle, at: number) => at >= begin && (end === null || at <= end)

/** In per cent, for words and for styles. */
export const percents = ({ left, top, width, height }: Rectangle) => ({
  left: Math.round(left * 100),
  top: Math.round(top * 100),
  width: Math.round(width * 100),
  height: Math.round(height * 100),
})
