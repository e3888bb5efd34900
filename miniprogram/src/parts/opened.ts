// What stands behind a link to a copy, as an address that <image>, <video> and <audio> take, on both targets.
import { BASE, Unreached } from '@/api/client'
import type { Reader } from '@/kept/reader'

/** An address to show something by; `close` lets go of what was fetched for it. */
export interface Opened {
  src: string
  close: () => void
}
/** Hears how much has come, in percent. */
type Progress = (percent: number) => void

/** The link leads nowhere any more (they serve for a quarter of an hour): ask for the list again. */
export class LinkOver extends Error {}

/** Open a link of the list; raises LinkOver or Unreached.
 *
 * Where a cookie shows who follows it, the link itself will do. Whoever has no cookie (the holder of a receipt, and
 * everybody in the mini-program) fetches with the header that shows who they are. */
export function opened(url: string, reader: Reader, told?: Progress): Promise<Opened> {
  // #ifdef H5
  // Whole, as uni's <image> takes a path for one below the pages.
  if (reader.cookie) return Promise.resolve({ src: new URL(BASE + url, location.href).href, close: () => undefined })
  // #endif
  return fetched(url, reader, told)
}

/** Fetch what stands behind a link, whole. */
function fetched(url: string, reader: Reader, told: Progress = () => undefined): Promise<Opened> {
  const header = { Authorization: reader.authorization() }
  return new Promise((resolve, reject) => {
    const status = (code: number) => reject(code === 404 ? new LinkOver(url) : new Unreached(`HTTP ${code}`))
    // #ifdef H5
    // Not uni.downloadFile: its H5 side holds on to every file until the page is closed.
    const sent = new XMLHttpRequest()
    sent.open('GET', BASE + url)
    sent.setRequestHeader('Authorization', header.Authorization)
    sent.responseType = 'blob'
    sent.onprogress = ({ loaded, total }) => total && told(Math.floor((loaded / total) * 100))
    sent.onerror = () => reject(new Unreached(url))
    sent.onload = () => {
      if (sent.status !== 200) return status(sent.status)
      const src = URL.createObjectURL(sent.response)
      resolve({ src, close: () => URL.revokeObjectURL(src) })
    }
    sent.send()
    // #endif
    // #ifndef H5
    const task = uni.downloadFile({
      url: BASE + url,
      header,
      success: ({ statusCode, tempFilePath }) =>
        statusCode === 200 ? resolve({ src: tempFilePath, close: () => dropped(tempFilePath) }) : status(statusCode),
      fail: ({ errMsg }) => reject(new Unreached(errMsg)),
    })
    task.onProgressUpdate(({ progress }) => told(progress))
    // #endif
  })
}

// #ifndef H5
/** A temporary file of the mini-program; one that is gone already is no matter. */
function dropped(filePath: string): void {
  uni.getFileSystemManager().unlink({ filePath, fail: () => undefined })
}
// #endif

/** Give what stands behind a link to the phone: H5 saves it under a name, the mini-program shows what it can.
 *
 * Gives false where it can't be shown there. Raises LinkOver or Unreached. */
export async function handedOut(url: string, reader: Reader, name: string, mediaType: string, told?: Progress): Promise<boolean> {
  const { src, close } = await opened(url, reader, told)
  // #ifdef H5
  Object.assign(document.createElement('a'), { href: src, download: name }).click()
  setTimeout(close, 60_000)
  return true
  // #endif
  // #ifndef H5
  void close // the viewer that opens reads the file: it is left to the system
  const [type, form] = mediaType.split('/')
  if (type === 'image') return (await uni.previewImage({ urls: [src] })) !== undefined
  const known = ['pdf', 'doc', 'docx', 'xls', 'xlsx', 'ppt', 'pptx'].find((end) => form === end || name.toLowerCase().endsWith(`.${end}`))
  if (!known) return false
  await uni.openDocument({ filePath: src, fileType: known as 'pdf', showMenu: false } as any)
  return true
  // #endif
}
