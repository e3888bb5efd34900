// The files of a matter: asked for, asked again while one of them is on its way, and when their links are over.
import { computed, onUnmounted, ref, shallowRef } from 'vue'
import { filesUrl, type MatterFile, onItsWay } from '@/api/files'
import { type As, readerOf } from '@/kept/reader'

const LINKS_SERVE = 12 * 60_000 // milliseconds; the server's quarter of an hour with something to spare
const AGAIN_AFTER = 20_000 // a link that fails sooner after a fresh list is no matter of time
const FIRST_WAIT = 4_000
const LONGEST_WAIT = 30_000

/** The list of a matter's files, for whoever reads it. */
export function useFiles(as: As, number: () => string) {
  const reader = computed(() => readerOf(as, number()))
  const files = shallowRef<MatterFile[]>([])
  const loading = ref(false)
  const loaded = ref(false)
  const error = shallowRef<unknown>(null)
  const page = getCurrentPages().at(-1)
  let asked = 0 // questions so far: the answer to an older one is let go
  let linksOf = 0 // when the links that are shown were made
  let wait = FIRST_WAIT
  let timer: ReturnType<typeof setTimeout> | undefined

  /** Whether somebody looks: the page is on top, and on H5 its tab is seen. */
  function seen(): boolean {
    // #ifdef H5
    if (document.hidden) return false
    // #endif
    return getCurrentPages().at(-1) === page
  }

  /** Ask for the list; `anew` takes its links even where those shown still serve. */
  async function load(anew = false): Promise<void> {
    clearTimeout(timer)
    if (!number()) return
    const mine = ++asked
    loading.value = true
    error.value = null
    try {
      const found = await reader.value.ask<MatterFile[]>(filesUrl(number()))
      if (mine !== asked) return
      const before = files.value
      const keep = !anew && Date.now() - linksOf < LINKS_SERVE
      files.value = keep ? found.map((file) => still(file, before)) : found
      if (!keep) linksOf = Date.now()
      wait = moved(before, found) ? FIRST_WAIT : Math.min(wait * 1.5, LONGEST_WAIT)
      loaded.value = true
    } catch (reason) {
      if (mine === asked) error.value = reason
    } finally {
      if (mine === asked) {
        loading.value = false
        later()
      }
    }
  }

  /** Ask again after a while, for as long as there is something to wait for and somebody looks. */
  function later() {
    if (files.value.some(onItsWay)) timer = setTimeout(() => seen() && void load(), wait)
  }

  /** A link led nowhere: ask for new ones, but not over and over for a file that can't be shown. */
  function late(): void {
    if (!loading.value && Date.now() - linksOf > AGAIN_AFTER) void load(true)
  }

  /** A file as the server told of it just now. */
  function changed(file: MatterFile): void {
    clearTimeout(timer)
    asked++
    loading.value = false
    files.value = files.value.map((one) => (one.id === file.id ? file : one))
    wait = FIRST_WAIT
    later()
  }

  onUnmounted(() => {
    asked++
    clearTimeout(timer)
  })
  return { reader, files, loading, loaded, error, load, late, changed }
}

/** The file as it is now, with the links that are shown already where its copies are the same: nothing is fetched twice. */
function still(file: MatterFile, before: MatterFile[]): MatterFile {
  const shown = before.find(({ id }) => id === file.id)
  return shown && likeness(shown) === likeness(file) ? { ...file, copies: shown.copies } : file
}

const likeness = ({ state, blurs, copies }: MatterFile) =>
  JSON.stringify([state, blurs, copies.map(({ kind, place, bytes }) => [kind, place, bytes])])

const moved = (before: MatterFile[], now: MatterFile[]) => {
  const standing = (files: MatterFile[]) => files.map(({ id, state, progress }) => `${id} ${state} ${progress}`).join()
  return standing(before) !== standing(now)
}
