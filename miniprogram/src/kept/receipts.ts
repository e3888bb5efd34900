// My cases: the receipts that this phone holds. The server doesn't know that they belong together.
import { ref } from 'vue'
import type { Receipt } from '@/api/client'
import { forget, keep, kept, names } from './store'

/** A receipt as it was given, with what to call it in the list. */
export interface KeptReceipt extends Receipt {
  filedOn: string
  /** The beginning of what was reported, to tell one's cases apart. */
  about: string
  promises?: { accept_by: string; finish_by: string }
  /** Whoever reported said that they have noted the secret. */
  saved: boolean
}

const NAME = 'receipts'
export const receipts = ref<KeptReceipt[]>(kept<KeptReceipt[]>(NAME, []))
// Receipts typed in on somebody else's phone: held as long as the app is open, written nowhere.
const lent = new Map<string, KeptReceipt>()

/** Put a receipt first in the list; one of the same number is replaced. */
export function addReceipt(receipt: KeptReceipt): void {
  lent.delete(receipt.number)
  change((list) => [receipt, ...list.filter(({ number }) => number !== receipt.number)])
}

/** Hold a receipt until the app is closed, without keeping it on this phone. */
export function lendReceipt(receipt: KeptReceipt): void {
  if (!receipts.value.some(({ number }) => number === receipt.number)) lent.set(receipt.number, receipt)
}

/** Keep nothing of this case on this phone any more: its receipt, what was last seen of it, drafts about it. */
export function removeReceipt(number: string): void {
  lent.delete(number)
  change((list) => list.filter((receipt) => receipt.number !== number))
  names().filter((name) => name === `case:${number}` || name.startsWith(`draft:my:${number}:`)).forEach(forget)
}

export function receiptOf(number: string): KeptReceipt | undefined {
  return receipts.value.find((receipt) => receipt.number === number) ?? lent.get(number)
}

/** Whether it is on this phone, and not only held while the app is open. */
export function isKept(number: string): boolean {
  return receipts.value.some((receipt) => receipt.number === number)
}

export function markSaved(number: string): void {
  change((list) => list.map((receipt) => (receipt.number === number ? { ...receipt, saved: true } : receipt)))
}

// #ifdef H5
window.addEventListener('storage', () => (receipts.value = kept(NAME, receipts.value)))
// #endif

/** Another tab may have written since. */
function change(how: (list: KeptReceipt[]) => KeptReceipt[]): void {
  receipts.value = how(kept(NAME, receipts.value))
  keep(NAME, receipts.value)
}

// As the server mends it: full-width and small letters, O, I and L for 0 and 1.
const letters = (text: string) => text.normalize('NFKC').toUpperCase()
const crockford = (code: string) => code.replace(/O/g, '0').replace(/[IL]/g, '1')
const DASH = '\\-\\u2010-\\u2015\\u2212'
const NUMBER = new RegExp(`JB[${DASH}\\s]*(\\d{4})[${DASH}\\s]*([0-9A-Z]{8})(?![0-9A-Z])`)
// With its hyphens first, so that no word beside it is taken for a part; no lookbehind, which older phones don't know.
const SECRETS = [`[${DASH}]`, `[${DASH}\\s]*`].map(
  (between) => new RegExp(`(?:^|[^0-9A-Z])((?:[0-9A-Z]{4}${between}){3}[0-9A-Z]{4})(?![0-9A-Z])`),
)

/** A number as it was given out, from how somebody typed it; undefined if it is none. */
export function numberIn(text: string): string | undefined {
  const found = NUMBER.exec(letters(text))
  return found ? `JB${found[1]}-${crockford(found[2]!)}` : undefined
}

/** A secret as it was given out, from how somebody typed it; undefined if it is none. */
export function secretIn(text: string): string | undefined {
  const rest = letters(text).replace(NUMBER, ' . ')
  const found = SECRETS[0]!.exec(rest) ?? SECRETS[1]!.exec(rest)
  const code = found && crockford(found[1]!.replace(/[^0-9A-Z]/g, ''))
  return code ? code.match(/.{4}/g)!.join('-') : undefined
}

/** Number and secret out of what a receipt's QR code holds, or of what somebody pasted; undefined if it is neither. */
export function receiptIn(text: string): Receipt | undefined {
  const number = numberIn(text)
  const secret = secretIn(text)
  return number && secret ? { number, secret } : undefined
}
