// The one way to the server: a request, its answer, or why there is none.
import { locale, t } from '@/locale'
import { nonceOf } from './proof'

/** On the mini-program the server's address; on H5 the page's own origin. */
export const BASE = import.meta.env.VITE_API_BASE ?? ''
const TIMEOUT = 20_000 // milliseconds
const PROOFS = 3 // how often a proof of work is tried before giving up

/** The server said no: `code` is for programs, the message for people. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: Record<string, any> = {},
    readonly requestId = '',
  ) {
    super(message)
  }

  /** What is wrong with which field, by the field's path. */
  get fields(): Record<string, string> {
    const found: Array<{ path: string; message: string }> = this.details.fields ?? []
    return Object.fromEntries(found.map(({ path, message }) => [path, message]))
  }

  /** Whether trying the same again later is right: the system is busy or a part of it is away. A bug (500) stays one. */
  get passing(): boolean {
    return this.status === 429 || this.status === 503
  }
}

/** No answer came: nobody knows whether the request arrived, so it may only be repeated under its key. */
export class Unreached extends Error {}

/** Why something did not work, in words. */
export const reasonOf = (error: unknown) => (error instanceof Refused ? error.message : t('page.unreached'))

/** Who asks: the holder of a receipt, or whoever signed in on this phone. */
export interface Receipt {
  number: string
  secret: string
}

export interface Asked {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  body?: unknown
  query?: Record<string, string | number | boolean | undefined>
  receipt?: Receipt
  token?: string
  /** Upload-Ticket: of whoever uploads without a receipt or an account. */
  ticket?: string
  /** Idempotency-Key: the same key never does a thing twice. */
  key?: string
  /** Bytes to send as they are, instead of a body. */
  bytes?: ArrayBuffer
  /** Other headers. */
  header?: Record<string, string>
  /** Milliseconds to wait for the answer. */
  timeout?: number
  /** Is given the request once it is on its way, to break it off. */
  sent?: (request: { abort: () => void }) => void
}

/** An answer with its headers, by their names in small letters. */
export interface Answer<T> {
  data: T
  header: Record<string, string>
}

/** Ask the server; raises Refused or Unreached. A proof of work that it asks for is solved on the way. */
export const ask = async <T>(path: string, asked: Asked = {}) => (await exchange<T>(path, asked)).data

/** Ask the server for an answer with its headers; raises Refused or Unreached. */
export async function exchange<T>(path: string, asked: Asked = {}): Promise<Answer<T>> {
  let proof: string | undefined
  for (let left = PROOFS; ; left--) {
    try {
      return await once<T>(path, asked, proof)
    } catch (error) {
      const proven = error instanceof Refused && (error.code === 'proof_required' || error.code === 'proof_wrong')
      if (!proven || !left) throw error
      const challenge: string = error.details.challenge ?? (await once<any>('/api/v1/challenge', {})).data.challenge
      proof = `${challenge}:${await nonceOf(challenge)}`
    }
  }
}

/** Who asks, as the header says it; empty for nobody. */
export function authorization({ receipt, token }: Pick<Asked, 'receipt' | 'token'>): string {
  if (token) return `Bearer ${token}`
  return receipt ? `Receipt ${receipt.number}:${receipt.secret}` : ''
}

function once<T>(path: string, asked: Asked, proof?: string): Promise<Answer<T>> {
  const header: Record<string, string> = { 'Accept-Language': locale(), ...asked.header }
  if (asked.body !== undefined) header['Content-Type'] = 'application/json'
  const who = authorization(asked)
  if (who) header.Authorization = who
  if (asked.ticket) header['Upload-Ticket'] = asked.ticket
  if (asked.key) header['Idempotency-Key'] = asked.key
  if (proof) header['X-Proof'] = proof
  return new Promise((resolve, reject) => {
    const request = uni.request({
      url: BASE + path + search(asked.query),
      method: asked.method ?? 'GET',
      data: asked.bytes ?? (asked.body === undefined ? undefined : JSON.stringify(asked.body)),
      header,
      timeout: asked.timeout ?? TIMEOUT,
      success: ({ statusCode, data, header: told = {} }) => {
        if (statusCode >= 200 && statusCode < 300) return resolve({ data: data as T, header: small(told) })
        const said = (typeof data === 'object' && data ? data : {}) as Record<string, any>
        if (!said.code) return reject(new Unreached(`HTTP ${statusCode}`)) // a proxy's page, not our answer
        reject(new Refused(statusCode, said.code, said.message, said.details, said.request_id))
      },
      fail: ({ errMsg }) => reject(new Unreached(errMsg)),
    })
    asked.sent?.(request)
  })
}

const small = (header: Record<string, string>) =>
  Object.fromEntries(Object.entries(header).map(([name, value]) => [name.toLowerCase(), value]))

function search(query: Asked['query'] = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  return given.length ? `?${given.map(([name, value]) => `${name}=${encodeURIComponent(value!)}`).join('&')}` : ''
}

/** A random UUID: an Idempotency-Key also seals the answer that is kept under it, so it must not be guessed. */
export function uuid(): string {
  const bytes = new Uint8Array(16)
  // WeChat's JavaScript has no crypto everywhere.
  if (globalThis.crypto?.getRandomValues) globalThis.crypto.getRandomValues(bytes)
  else bytes.forEach((_, place) => (bytes[place] = Math.floor(Math.random() * 256)))
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
