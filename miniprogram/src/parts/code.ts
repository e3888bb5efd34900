// A QR code of a text, as an image that needs no request.
import qrcode from 'qrcode-generator'

export type Code = ReturnType<typeof qrcode>

export function codeOf(text: string): Code {
  qrcode.stringToBytes = utf8
  const code = qrcode(0, 'M')
  code.addData(text)
  code.make()
  return code
}

/** The code as the address of an image. */
export const imageOf = (text: string) => codeOf(text).createDataURL(6, 12)

// Phones' scripts have no TextEncoder everywhere; a percent-encoded text says its bytes too.
const utf8 = (text: string) =>
  [...encodeURIComponent(text).matchAll(/%(..)|./g)].map(([one, hex]) => (hex ? parseInt(hex, 16) : one.charCodeAt(0)))
