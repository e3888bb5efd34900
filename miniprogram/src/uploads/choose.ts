// One way to choose or take files, in a browser and in the mini-program.
import type { Chosen } from './content'
import { DOCUMENTS, typeOf } from './purposes'

export const WAYS = ['camera', 'album', 'video', 'file'] as const
/** `film`: of oneself, where the phone has a camera for that. */
export type Way = (typeof WAYS)[number] | 'film'
const LONGEST_TAKE = 60 // seconds: as long as WeChat's camera films

/** Let somebody take or choose up to `most` files; empty if they changed their mind. */
export async function choose(way: Way, most: number): Promise<Chosen[]> {
  // #ifdef H5
  return fromBrowser(way, most)
  // #endif
  // #ifdef MP-WEIXIN
  return way === 'file' ? fromChats(most) : fromPhone(way, most)
  // #endif
}

// #ifdef H5
const ACCEPTED: Record<Way, string> = {
  camera: 'image/*',
  album: 'image/*,video/*',
  video: 'video/*',
  film: 'video/*',
  file: [...DOCUMENTS.map((ending) => `.${ending}`), 'application/pdf', 'audio/*'].join(),
}

function fromBrowser(way: Way, most: number): Promise<Chosen[]> {
  return new Promise((resolve) => {
    const input = document.createElement('input')
    input.type = 'file'
    input.accept = ACCEPTED[way]
    input.multiple = most > 1 && way !== 'camera'
    if (way === 'camera') input.setAttribute('capture', 'environment')
    if (way === 'film') input.setAttribute('capture', 'user')
    input.addEventListener('change', () => resolve(Promise.all(Array.from(input.files ?? [], asChosen))))
    input.addEventListener('cancel', () => resolve([]))
    input.click()
  })
}

async function asChosen(file: File): Promise<Chosen> {
  const type = typeOf(file.name, file.type)
  return { name: file.name, type, bytes: file.size, seconds: await secondsOf(file, type), blob: file }
}

/** How long a film or a sound plays, if the browser tells soon. */
function secondsOf(file: Blob, type: string): Promise<number | undefined> {
  const kind = /^(video|audio)\//.exec(type)?.[1]
  if (!kind || !file.size) return Promise.resolve(undefined)
  return new Promise((resolve) => {
    const player = document.createElement(kind) as HTMLMediaElement
    const address = URL.createObjectURL(file)
    const tell = (seconds?: number) => (clearTimeout(timer), URL.revokeObjectURL(address), resolve(seconds))
    const timer = setTimeout(tell, 3000)
    player.preload = 'metadata'
    player.onloadedmetadata = () => tell(Number.isFinite(player.duration) ? player.duration : undefined)
    player.onerror = () => tell()
    player.src = address
  })
}
// #endif

// #ifdef MP-WEIXIN
function fromPhone(way: Way, most: number): Promise<Chosen[]> {
  return new Promise((resolve) =>
    uni.chooseMedia({
      count: Math.min(most, 9),
      mediaType: way === 'camera' ? ['image'] : way === 'video' || way === 'film' ? ['video'] : ['image', 'video'],
      sourceType: way === 'camera' || way === 'film' ? ['camera'] : way === 'album' ? ['album'] : ['album', 'camera'],
      sizeType: ['original'],
      maxDuration: LONGEST_TAKE,
      success: ({ tempFiles }) =>
        resolve(
          tempFiles.map(({ tempFilePath, size, duration, fileType }) => {
            const name = tempFilePath.split('/').pop() ?? ''
            const type = typeOf(name) || (fileType === 'video' ? 'video/mp4' : 'image/jpeg')
            return { name, type, bytes: size, seconds: fileType === 'video' ? duration : undefined, path: tempFilePath }
          }),
        ),
      fail: () => resolve([]),
    }),
  )
}

function fromChats(most: number): Promise<Chosen[]> {
  return new Promise((resolve) =>
    uni.chooseMessageFile({
      count: most,
      type: 'all',
      success: ({ tempFiles }) =>
        resolve(tempFiles.map(({ name, size, path }) => ({ name, type: typeOf(name), bytes: size, path }))),
      fail: () => resolve([]),
    }),
  )
}
// #endif
void LONGEST_TAKE
