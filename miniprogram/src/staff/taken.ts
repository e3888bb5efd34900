// A document that the server makes for whoever asks: saved by the browser, opened by WeChat.
import { BASE, Refused, Unreached } from '@/api/client'
import { asStaff, staffAuthorization } from '@/kept/session'
import { locale } from '@/locale'

const LONGEST = 120_000 // milliseconds: a long list is written while it comes

/** Have it made, and open or save it under a name, whose end says what it is; raises Refused or Unreached. */
export const documentTaken = (path: string, body: object, name: string) => asStaff(() => taken(path, body, name))

async function taken(path: string, body: object, name: string): Promise<void> {
  const bytes = await new Promise<ArrayBuffer>((resolve, reject) =>
    uni.request({
      url: BASE + path,
      method: 'POST',
      header: { Authorization: staffAuthorization(), 'Content-Type': 'application/json', 'Accept-Language': locale() },
      data: JSON.stringify(body),
      responseType: 'arraybuffer',
      timeout: LONGEST,
      success: ({ statusCode, data }) =>
        statusCode === 200 ? resolve(data as ArrayBuffer) : reject(refusal(statusCode, json(data as ArrayBuffer))),
      fail: ({ errMsg }) => reject(new Unreached(errMsg)),
    }),
  )
  // #ifdef H5
  const address = URL.createObjectURL(new Blob([bytes]))
  Object.assign(document.createElement('a'), { href: address, download: name }).click()
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
  // #endif
  // #ifdef MP-WEIXIN
  const filePath = `${(uni as any).env.USER_DATA_PATH}/${name}`
  const files = uni.getFileSystemManager()
  await new Promise<void>((success, fail) =>
    files.writeFile({ filePath, data: bytes, success: () => success(), fail } as any),
  )
  await uni.openDocument({ filePath, fileType: name.split('.').pop(), showMenu: true } as any)
  // #endif
}

function refusal(status: number, said: any): Error {
  return said?.code
    ? new Refused(status, said.code, said.message, said.details, said.request_id)
    : new Unreached(`HTTP ${status}`)
}

/** WeChat's JavaScript has no TextDecoder everywhere. */
function json(bytes: ArrayBuffer): any {
  try {
    const escaped = Array.from(new Uint8Array(bytes), (byte) => `%${byte.toString(16).padStart(2, '0')}`)
    return JSON.parse(decodeURIComponent(escaped.join('')))
  } catch {
    return null
  }
}
