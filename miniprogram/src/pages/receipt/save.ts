// The receipt out of the app: as a picture, and on H5 as the server's PDF.
import type { ComponentPublicInstance } from 'vue'
import { BASE, Refused, Unreached } from '@/api/client'
import type { KeptReceipt } from '@/kept/receipts'
import { t } from '@/locale'
import { confirmed } from '@/parts/leave'
import { draw, HEIGHT, WIDTH } from './picture'

// #ifdef H5
/** The picture as an address to show: some browsers (WeChat's among them) save only what one presses long. */
export function pictureOf(receipt: KeptReceipt): string {
  const canvas = Object.assign(document.createElement('canvas'), { width: WIDTH, height: HEIGHT })
  draw(canvas.getContext('2d')!, receipt)
  return canvas.toDataURL('image/png')
}

/** Let the browser save something under a name. */
export function download(address: string, name: string): void {
  const link = Object.assign(document.createElement('a'), { href: address, download: name })
  link.click()
}

/** The printed receipt as the server makes it; raises Refused or Unreached. */
export async function downloadPdf({ number, secret }: KeptReceipt): Promise<void> {
  const asked = fetch(`${BASE}/api/v1/receipt.pdf`, { headers: { Authorization: `Receipt ${number}:${secret}` } })
  const answer = await asked.catch((error) => Promise.reject(new Unreached(String(error))))
  if (!answer.ok) {
    const said = await answer.json().catch(() => null)
    throw said?.code
      ? new Refused(answer.status, said.code, said.message, said.details, said.request_id)
      : new Unreached(`HTTP ${answer.status}`)
  }
  const address = URL.createObjectURL(await answer.blob())
  download(address, `receipt-${number}.pdf`)
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
}
// #endif

// #ifdef MP-WEIXIN
/** Into the phone's album; whoever said no before is led to the settings. Gives whether it is there. */
export async function saveToAlbum(receipt: KeptReceipt, page: ComponentPublicInstance): Promise<boolean> {
  const canvas = await new Promise<any>((resolve) =>
    uni
      .createSelectorQuery()
      .in(page)
      .select('#picture')
      .fields({ node: true } as any, () => undefined)
      .exec(([found]) => resolve(found.node)),
  )
  Object.assign(canvas, { width: WIDTH, height: HEIGHT })
  draw(canvas.getContext('2d'), receipt)
  const size = { width: WIDTH, height: HEIGHT, destWidth: WIDTH, destHeight: HEIGHT }
  const { tempFilePath } = await new Promise<{ tempFilePath: string }>((success, fail) =>
    uni.canvasToTempFilePath({ canvas, ...size, success, fail } as any, page as any),
  )
  try {
    await uni.saveImageToPhotosAlbum({ filePath: tempFilePath })
    return true
  } catch (error) {
    const refused = /auth|deny|denied/.test(String((error as { errMsg?: string }).errMsg))
    if (refused && (await confirmed(t('receipt.album')))) uni.openSetting({})
    return false
  }
}
// #endif
