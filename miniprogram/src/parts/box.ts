// Where something stands on the screen, on both targets.
export interface Box {
  left: number
  top: number
  width: number
  height: number
}

/** The box of the first element of a component that a selector finds, in pixels of the window; null where there is none. */
export function boxOf(selector: string, component: unknown): Promise<Box | null> {
  return new Promise((resolve) =>
    uni
      .createSelectorQuery()
      .in(component)
      .select(selector)
      .boundingClientRect((found) => resolve((found as unknown as Box | null) ?? null))
      .exec(),
  )
}
