// A form that survives whatever happens to the page: kept on the phone while it is written.
import { onUnmounted, ref, type Ref, watch } from 'vue'
import { forget, keep, kept } from './store'

const PAUSE = 300 // milliseconds after the last stroke

/** A draft under a name. `clear` when it was sent, `renew` to begin anew; `found` tells whether one was there. */
export function draft<T extends object>(name: string, fresh: () => T) {
  const stored = kept<T | null>(`draft:${name}`, null)
  const value = ref({ ...fresh(), ...stored }) as Ref<T>
  const saved = ref(stored !== null)
  let timer: ReturnType<typeof setTimeout> | undefined
  const write = () => ((timer = undefined), (saved.value = keep(`draft:${name}`, value.value)))
  const follow = () => watch(value, () => (clearTimeout(timer), (timer = setTimeout(write, PAUSE))), { deep: true })
  let stop = follow()
  /** Write at once what was typed a moment ago: the page may be about to go. */
  const settle = () => timer && (clearTimeout(timer), write())
  onUnmounted(() => (settle(), stop()))

  /** Forget it, on the phone too; what the page still shows is no draft any more. */
  function clear() {
    stop()
    clearTimeout(timer)
    timer = undefined
    forget(`draft:${name}`)
    saved.value = false
  }

  /** Forget it and begin another. */
  function renew() {
    clear()
    value.value = fresh()
    stop = follow()
  }
  return { value, saved, found: stored !== null, clear, renew, settle, write }
}
