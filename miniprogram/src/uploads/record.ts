// A voice note: recorded, in a browser and in the mini-program, until it is stopped or ten minutes are over.
import type { Chosen } from './content'
// #ifdef MP-WEIXIN
import { typeOf } from './purposes'
// #endif

export const LONGEST = 600 // seconds: as long as WeChat records

export interface Recording {
  stop: () => void
  /** The note, once it is stopped; raises when nothing was recorded. */
  done: Promise<Chosen>
}

/** Begin to record; raises when the microphone may not be used or there is none. */
export async function record(): Promise<Recording> {
  // #ifdef H5
  return inBrowser()
  // #endif
  // #ifdef MP-WEIXIN
  return inWeChat()
  // #endif
}

const nameOf = (ending: string) => `voice.${ending}` // without the time: a report may be anonymous

// #ifdef H5
const FORMATS: Array<[string, string]> = [
  ['audio/webm;codecs=opus', 'webm'],
  ['audio/mp4', 'm4a'],
  ['audio/ogg', 'ogg'],
]

async function inBrowser(): Promise<Recording> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true })
  const [format, ending] = FORMATS.find(([type]) => MediaRecorder.isTypeSupported(type)) ?? FORMATS[1]!
  const recorder = new MediaRecorder(stream, { mimeType: format })
  const parts: Blob[] = []
  const began = Date.now()
  recorder.ondataavailable = ({ data }) => parts.push(data)
  const timer = setTimeout(() => recorder.stop(), LONGEST * 1000)
  const done = new Promise<Chosen>((resolve, reject) => {
    recorder.onerror = reject
    recorder.onstop = () => {
      clearTimeout(timer)
      stream.getTracks().forEach((track) => track.stop())
      const type = format.split(';')[0]!
      const blob = new Blob(parts, { type })
      resolve({ name: nameOf(ending), type, bytes: blob.size, seconds: (Date.now() - began) / 1000, blob })
    }
  })
  recorder.start(1000)
  return { stop: () => recorder.state !== 'inactive' && recorder.stop(), done }
}
// #endif

// #ifdef MP-WEIXIN
function inWeChat(): Promise<Recording> {
  const recorder = uni.getRecorderManager()
  return new Promise((begun, failed) => {
    const done = new Promise<Chosen>((resolve, reject) => {
      recorder.onStop((told) => {
        const { tempFilePath, duration, fileSize } = told as { tempFilePath: string; duration: number; fileSize: number }
        const name = nameOf('mp3')
        resolve({ name, type: typeOf(name), bytes: fileSize, seconds: duration / 1000, path: tempFilePath })
      })
      recorder.onError((error) => (failed(error), reject(error)))
    })
    done.catch(() => undefined) // told by `failed` where it never began
    recorder.onStart(() => begun({ stop: () => recorder.stop(), done }))
    recorder.start({ duration: LONGEST * 1000, format: 'mp3', sampleRate: 16000, numberOfChannels: 1, encodeBitRate: 48000 })
  })
}
// #endif
