// The rectangles as they are drawn now, and every step back.
import { computed, ref, shallowRef } from 'vue'
import type { Rectangle } from '@/api/files'

export const MOST = 50
const STEPS = 100
const TOGETHER = 800 // milliseconds: what follows sooner on the same rectangle is one drag, and one step back

export function useCovers() {
  const list = shallowRef<Rectangle[]>([])
  const chosen = ref(-1)
  const past = shallowRef<Rectangle[][]>([])
  let saved = '[]'
  const changed = computed(() => JSON.stringify(list.value) !== saved)
  const full = computed(() => list.value.length >= MOST)

  /** Begin with what is set already. */
  function start(rectangles: Rectangle[]) {
    list.value = rectangles.map((one) => ({ ...one }))
    saved = JSON.stringify(list.value)
    past.value = []
    chosen.value = -1
  }

  let touched = { place: -1, at: 0 }

  /** What comes next can be taken back to here. */
  function mark() {
    past.value = [...past.value, list.value].slice(-STEPS)
    touched = { place: -1, at: 0 }
  }

  function add(one: Rectangle): void {
    if (full.value) return
    mark()
    list.value = [...list.value, one]
    chosen.value = list.value.length - 1
  }

  /** Change one. */
  function change(place: number, one: Rectangle): void {
    if (touched.place !== place || Date.now() - touched.at > TOGETHER) mark()
    touched = { place, at: Date.now() }
    list.value = list.value.map((before, at) => (at === place ? one : before))
    chosen.value = place
  }

  function remove(place: number): void {
    if (!list.value[place]) return
    mark()
    list.value = list.value.filter((_, at) => at !== place)
    chosen.value = Math.min(place, list.value.length - 1)
  }

  function undo(): void {
    const before = past.value.at(-1)
    if (!before) return
    past.value = past.value.slice(0, -1)
    touched = { place: -1, at: 0 }
    list.value = before
    chosen.value = Math.min(chosen.value, before.length - 1)
  }

  const undoable = computed(() => past.value.length > 0)
  return { list, chosen, changed, full, undoable, start, add, change, remove, undo }
}
