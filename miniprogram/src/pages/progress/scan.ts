// A receipt's QR code: by WeChat's scanner, or out of a photo where the browser can read codes.
import { receiptIn } from '@/kept/receipts'

/** Whether this phone can read a code here at all. */
export function canScan(): boolean {
  // #ifdef H5
  return 'BarcodeDetector' in window
  // #endif
  // #ifndef H5
  return true
  // #endif
}

/** The receipt in a code; undefined if there is none in it, null if whoever was asked for a code gave up. */
export async function scanned(): Promise<ReturnType<typeof receiptIn> | null> {
  // #ifdef H5
  const { tempFiles } = await uni.chooseImage({ count: 1 }).catch(() => ({ tempFiles: [] }))
  const file = [tempFiles].flat()[0] as unknown as Blob | undefined
  if (!file) return null
  const codes = await new (window as any).BarcodeDetector({ formats: ['qr_code'] }).detect(await createImageBitmap(file))
  return receiptIn(String(codes[0]?.rawValue ?? ''))
  // #endif
  // #ifndef H5
  const read = await uni.scanCode({ scanType: ['qrCode'] }).catch(() => null)
  return read && receiptIn((read as { result: string }).result)
  // #endif
}
