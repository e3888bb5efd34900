// What is tapped is worked by keyboard too, on H5.

/** Do something on Enter or Space. One handler for both: uni's runtime keeps only the first of two for an event. */
export function pressed(event: { key?: string; preventDefault?: () => void }, act: () => void): void {
  if (event.key !== 'Enter' && event.key !== ' ') return
  event.preventDefault?.() // Space would scroll the page
  act()
}
