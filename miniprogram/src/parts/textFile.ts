// A small file of text that somebody chooses: captions, a roster.
import { t } from '@/locale'

export interface TextFile {
  name: string
  bytes: ArrayBuffer
}

/** Let somebody choose one file by its endings; null if they changed their mind. */
export function chosenFile(endings: string[]): Promise<TextFile | null> {
  // #ifdef H5
  return new Promise((resolve) => {
    const input = document.createElement('input')
    input.type = 'file'
    input.accept = endings.map((ending) => `.${ending}`).join()
    input.setAttribute('aria-label', t('upload.file'))
    input.addEventListener('cancel', () => resolve(null))
    input.addEventListener('change', () => {
      const file = input.files?.[0]
      if (!file) return resolve(null)
      const reader = new FileReader() // Blob.arrayBuffer is younger than the phones in use
      reader.onload = () => resolve({ name: file.name, bytes: reader.result as ArrayBuffer })
      reader.onerror = () => resolve(null)
      reader.readAsArrayBuffer(file)
    })
    input.click()
  })
  // #endif
  // #ifdef MP-WEIXIN
  return new Promise((resolve) =>
    uni.chooseMessageFile({
      count: 1,
      type: 'file',
      extension: endings,
      success: ({ tempFiles: [file] }) =>
        uni.getFileSystemManager().readFile({
          filePath: file!.path,
          success: ({ data }) => resolve({ name: file!.name, bytes: data as ArrayBuffer }),
          fail: () => resolve(null),
        }),
      fail: () => resolve(null),
    }),
  )
  // #endif
  void t
}

/** UTF-8 as text; WeChat has no TextDecoder everywhere. */
export const textOf = (bytes: ArrayBuffer) =>
  decodeURIComponent(escape(Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join('')))
