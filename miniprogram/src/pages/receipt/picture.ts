// The receipt as the same lines everywhere: for its QR code, for copying, for a picture.
import type { KeptReceipt } from '@/kept/receipts'
import { t } from '@/locale'
import { type Code, codeOf, imageOf } from '@/parts/code'
import { dayInWords } from '@/parts/days'

/** What the QR code holds: text and no address, just as on the server's printed receipt (in Chinese always). */
export const codeText = ({ number, secret }: { number: string; secret: string }) =>
  `举报回执\n编号 ${number}\n密码 ${secret}`

/** The QR code as the address of an image that needs no request. */
export const codeImage = (receipt: { number: string; secret: string }) => imageOf(codeText(receipt))

/** What was promised, in words. */
export function promised({ filedOn, promises }: KeptReceipt): Array<{ label: string; text: string }> {
  const lines = [{ label: t('receipt.filed'), text: dayInWords(filedOn) }]
  if (promises?.accept_by) lines.push({ label: t('receipt.acceptBy'), text: dayInWords(promises.accept_by) })
  if (promises?.finish_by) lines.push({ label: t('receipt.finishBy'), text: dayInWords(promises.finish_by) })
  return lines
}

/** To paste somewhere. */
export function asText(receipt: KeptReceipt): string {
  const dates = promised(receipt).map(({ label, text }) => `${label} ${text}`)
  return [codeText(receipt), ...dates].join('\n')
}

export const WIDTH = 720
export const HEIGHT = 1160

/** Draw it on a canvas of WIDTH × HEIGHT. */
export function draw(context: CanvasRenderingContext2D, receipt: KeptReceipt): void {
  context.fillStyle = '#ffffff'
  context.fillRect(0, 0, WIDTH, HEIGHT)
  context.fillStyle = '#0b5cad'
  context.fillRect(0, 0, WIDTH, 110)
  context.textAlign = 'center'
  const line = (text: string, y: number, size: number, colour = '#17212b', bold = false) => {
    context.fillStyle = colour
    context.font = `${bold ? 'bold ' : ''}${size}px sans-serif`
    context.fillText(text, WIDTH / 2, y, WIDTH - 40)
  }
  line(t('receipt.title'), 74, 48, '#ffffff', true)
  line(t('receipt.number'), 170, 28, '#55616e')
  line(receipt.number, 222, 46, '#17212b', true)
  line(t('receipt.secret'), 290, 28, '#55616e')
  line(receipt.secret, 344, 48, '#17212b', true)
  square(context, codeOf(codeText(receipt)), 150, 385, 420)
  promised(receipt).forEach(({ label, text }, place) => line(`${label}　${text}`, 880 + place * 54, 32))
  line(t('receipt.keep'), 1100, 26, '#8a4b00')
}

function square(context: CanvasRenderingContext2D, code: Code, left: number, top: number, size: number): void {
  const count = code.getModuleCount()
  const step = Math.floor(size / count)
  const margin = Math.floor((size - step * count) / 2)
  context.fillStyle = '#000000'
  for (let row = 0; row < count; row++) {
    for (let column = 0; column < count; column++) {
      if (code.isDark(row, column)) context.fillRect(left + margin + column * step, top + margin + row * step, step, step)
    }
  }
}
