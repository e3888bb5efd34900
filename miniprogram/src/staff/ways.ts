// From page to page: only a matter's number and a step's name stand in an address.
export const matterPage = (number: string) => `/staff/matter/index?number=${encodeURIComponent(number)}`
export const stepPage = (number: string, verb: string) =>
  `/staff/step/index?number=${encodeURIComponent(number)}&verb=${encodeURIComponent(verb)}`
export const editorPage = (number: string) => `/staff/editor/index?number=${encodeURIComponent(number)}`
/** A file is named by its id, which says nothing of it. */
export const blurPage = (number: string, file: string) =>
  `/staff/blur/index?number=${encodeURIComponent(number)}&file=${encodeURIComponent(file)}`

export const bindPage = '/staff/bind/index'
/** The scene says nothing but which computer waits. */
export const confirmPage = (scene: string) => `/staff/confirm/index?scene=${encodeURIComponent(scene)}`

/** A matter's number in what somebody typed or pasted. */
export const numberIn = (text: string) => /[A-Z]{2}\d{4}-[0-9A-Z]{8}/.exec(text.trim().toUpperCase())?.[0] ?? ''

/** A way back as it stands in an address, if it leads to a page of ours; anything else is nobody's business here. */
export function inside(back: string | undefined): string {
  let path = back ?? ''
  try {
    path = decodeURIComponent(path)
  } catch {
    return ''
  }
  return /^\/(staff|pages)\/[a-z-]+\/(index|one)(\?[\w=&%.-]*)?$/.test(path) ? path : ''
}
