// The transfer sheet out of the app: saved by the browser, opened by WeChat.
import { BASE, Refused, Unreached } from '@/api/client'
import { urlOf } from '@/api/matters'
import { asStaff, staffAuthorization } from '@/kept/session'

/** Have a copy made for oneself and open or save it; raises Refused or Unreached. */
export const sheetTaken = (number: string) => asStaff(() => taken(number))

async function taken(number: string): Promise<void> {
  const path = `${BASE}${urlOf(number)}/transfer-sheets`
  const header = { Authorization: staffAuthorization(), 'Content-Type': 'application/json' }
  // #ifdef H5
  const asked = fetch(path, { method: 'POST', headers: header, body: '{}' })
  const answer = await asked.catch((error) => Promise.reject(new Unreached(String(error))))
  if (!answer.ok) throw refusal(answer.status, await answer.json().catch(() => null))
  const address = URL.createObjectURL(await answer.blob())
  Object.assign(document.createElement('a'), { href: address, download: `transfer-${number}.pdf` }).click()
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
  // #endif
  // #ifdef MP-WEIXIN
  const bytes = await new Promise<ArrayBuffer>((resolve, reject) =>
    uni.request({
      url: path,
      method: 'POST',
      header,
      data: '{}',
      responseType: 'arraybuffer',
      success: ({ statusCode, data }) =>
        statusCode === 200 ? resolve(data as ArrayBuffer) : reject(refusal(statusCode, json(data as ArrayBuffer))),
      fail: ({ errMsg }) => reject(new Unreached(errMsg)),
    }),
  )
  const filePath = `${(uni as any).env.USER_DATA_PATH}/transfer.pdf`
  const files = uni.getFileSystemManager()
  await new Promise<void>((success, fail) =>
    files.writeFile({ filePath, data: bytes, success: () => success(), fail } as any),
  )
  await uni.openDocument({ filePath, fileType: 'pdf', showMenu: true } as any)
  // #endif
}

function refusal(status: number, said: any): Error {
  return said?.code
    ? new Refused(status, said.code, said.message, said.details, said.request_id)
    : new Unreached(`HTTP ${status}`)
}

// #ifdef MP-WEIXIN
function json(bytes: ArrayBuffer): unknown {
  try {
    const escaped = Array.from(new Uint8Array(bytes), (byte) => `%${byte.toString(16).padStart(2, '0')}`)
    return JSON.parse(decodeURIComponent(escaped.join('')))
  } catch {
    return null
  }
}
// #endif
