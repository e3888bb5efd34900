// Contents in the mini-program: files of WeChat's, taken into our own folder where they outlive the app.
import type { Chosen, Content } from './content'
import type { Upload } from './list'

const READ_FILE_MOST = 100 * 1024 * 1024 // bytes: WeChat's limit for readFile; above it a file is opened and read

/** Take a temporary file into our folder; where that is full (200 MB) it stays where it is, until the app ends. */
export function kept(_id: string, chosen: Chosen): Promise<string | undefined> {
  return new Promise((resolve) =>
    files().saveFile({
      tempFilePath: chosen.path!,
      success: ({ savedFilePath }) => resolve(savedFilePath),
      fail: () => resolve(chosen.path),
    }),
  )
}

/** Null when it is not there any more. */
export function opened({ path, bytes }: Upload): Promise<Content | null> {
  return new Promise((resolve) =>
    path
      ? files().access({
          path,
          success: () => resolve({ bytes, piece: bytes > READ_FILE_MOST ? reads(path) : readsFile(path) }),
          fail: () => resolve(null),
        })
      : resolve(null),
  )
}

export function dropped({ path }: Upload): Promise<void> {
  return new Promise((resolve) =>
    path ? files().unlink({ filePath: path, complete: () => resolve() }) : resolve(),
  )
}

/** An address to show it by. */
export const linkOf = async ({ path }: Upload) => path ?? ''

const files = () => uni.getFileSystemManager()

const readsFile =
  (filePath: string) =>
  (from: number, to: number): Promise<ArrayBuffer> =>
    new Promise((resolve, reject) =>
      files().readFile({
        filePath,
        position: from,
        length: to - from,
        success: ({ data }) => resolve(data as ArrayBuffer),
        fail: ({ errMsg }) => reject(new Error(errMsg)),
      }),
    )

const reads =
  (filePath: string) =>
  (from: number, to: number): Promise<ArrayBuffer> =>
    new Promise((resolve, reject) => {
      const fail = ({ errMsg }: { errMsg?: string }) => reject(new Error(errMsg))
      files().open({
        filePath,
        flag: 'r',
        success: ({ fd }) =>
          files().read({
            fd,
            arrayBuffer: new ArrayBuffer(to - from),
            offset: 0,
            length: to - from,
            position: from,
            success: ({ arrayBuffer }) => resolve(arrayBuffer as unknown as ArrayBuffer),
            fail,
            complete: () => files().close({ fd, complete: () => undefined }),
          }),
        fail,
      })
    })
