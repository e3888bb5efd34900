// Bring a part of the page before the eyes, and to screen readers.
import type { ComponentPublicInstance } from 'vue'

const ABOVE = 80 // pixels left free for the bar

/** Scroll to the element with this id, and go on by keyboard there; `here` is the component whose template has it. */
export function scrollTo(id: string, here?: ComponentPublicInstance | null): void {
  const element = brought(id, here)
  // #ifdef H5
  element?.querySelector<HTMLElement>('input, textarea, [tabindex="0"]')?.focus({ preventScroll: true })
  // #endif
  void element
}

/** Scroll to it only: what is read first has nothing to be typed yet. Gives it, on H5. */
export function brought(id: string, here?: ComponentPublicInstance | null): HTMLElement | undefined {
  // #ifdef H5
  // Pages below this one stay in the document, hidden, and may have an element of that name too.
  const named = Array.from(document.querySelectorAll<HTMLElement>(`#${id}`))
  const element = named.filter(({ offsetParent }) => offsetParent).at(-1)
  if (element) element.style.scrollMarginTop = `${ABOVE}px`
  element?.scrollIntoView({ block: element.offsetHeight > window.innerHeight / 2 ? 'start' : 'center' })
  void here
  return element
  // #endif
  // #ifndef H5
  const query = uni.createSelectorQuery().in(here)
  query.select(`#${id}`).boundingClientRect()
  query.selectViewport().scrollOffset(() => undefined)
  query.exec(([box, view]) => box && uni.pageScrollTo({ scrollTop: Math.max(0, view.scrollTop + box.top - ABOVE) }))
  return undefined
  // #endif
}
