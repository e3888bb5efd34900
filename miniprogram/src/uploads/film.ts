// A film of oneself in the browser, with the camera's picture in sight while it is made; elsewhere the phone's own camera.
import type { Chosen } from './content'

export interface Filming {
  /** What the camera sees, to be shown. */
  stream: MediaStream
  begin: () => void
  stop: () => void
  /** Let go of the camera, whatever was filmed. */
  close: () => void
  /** The film, once it was stopped. */
  done: Promise<Chosen>
}

/** Whether this browser films by itself. */
export function canFilm(): boolean {
  // #ifdef H5
  return typeof MediaRecorder !== 'undefined' && Boolean(navigator.mediaDevices?.getUserMedia)
  // #endif
  // #ifndef H5
  return false
  // #endif
}

const FORMATS: Array<[string, string]> = [
  ['video/mp4;codecs=avc1,mp4a.40.2', 'mp4'],
  ['video/mp4', 'mp4'],
  ['video/webm;codecs=vp8,opus', 'webm'],
  ['video/webm', 'webm'],
]
const BITS = 2_500_000 // a second: 720p of a face, about 90 MB in five minutes

/** Open the camera; raises where it may not be used or there is none. Stops by itself after so many seconds. */
export async function film(longest: number): Promise<Filming> {
  const picture = { facingMode: 'user', width: { ideal: 1280 }, height: { ideal: 720 } }
  const stream = await navigator.mediaDevices.getUserMedia({ video: picture, audio: true })
  const [format, ending] = FORMATS.find(([type]) => MediaRecorder.isTypeSupported(type)) ?? FORMATS[1]!
  const recorder = new MediaRecorder(stream, { mimeType: format, videoBitsPerSecond: BITS })
  const parts: Blob[] = []
  let began = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  const close = () => stream.getTracks().forEach((track) => track.stop())
  const stop = () => recorder.state !== 'inactive' && recorder.stop()
  recorder.ondataavailable = ({ data }) => parts.push(data)
  const done = new Promise<Chosen>((resolve, reject) => {
    recorder.onerror = reject
    recorder.onstop = () => {
      clearTimeout(timer)
      close()
      const type = format.split(';')[0]!
      const blob = new Blob(parts, { type })
      resolve({ name: `述法视频.${ending}`, type, bytes: blob.size, seconds: (Date.now() - began) / 1000, blob })
    }
  })
  const begin = () => {
    began = Date.now()
    timer = setTimeout(stop, longest * 1000)
    recorder.start(1000)
  }
  return { stream, begin, stop, close, done }
}
