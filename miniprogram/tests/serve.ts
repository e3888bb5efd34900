// A network for the tests: what the server answers, by method and path; null is no answer at all.
import { beforeEach, vi } from 'vitest'

export interface Request {
  method: string
  path: string
  body: any
  header: Record<string, string>
}
export type Answer = { status?: number; data: unknown; header?: Record<string, string> } | null

let files = false

/** The lists of files too are answered by the test from here on. */
export function serveFiles(answer: (request: Request) => Answer | Promise<Answer>): Request[] {
  files = true
  return serve(answer)
}
beforeEach(() => (files = false))

/** Answer from here on with what `answer` says; gives the requests that come. Most matters have nothing attached. */
export function serve(answer: (request: Request) => Answer | Promise<Answer>): Request[] {
  const asked: Request[] = []
  vi.mocked(uni.request).mockImplementation(((given: any) => {
    const body = typeof given.data === 'string' && given.data ? JSON.parse(given.data) : given.data
    const request = { method: given.method, path: given.url, body, header: given.header }
    if (/\/matters\/[^/]+\/files$/.test(request.path) && !files) return given.success({ statusCode: 200, data: [] })
    asked.push(request)
    void Promise.resolve(answer(request)).then((found) =>
      found ? given.success({ statusCode: found.status ?? 200, data: found.data, header: found.header }) : given.fail({ errMsg: 'request:fail' }),
    )
  }) as any)
  return asked
}

export const refusal = (status: number, code: string, message: string, details = {}) => ({
  status,
  data: { code, message, details, request_id: 'r1' },
})

/** Whoever is asked in a dialog says yes, or no. */
export function says(yes: boolean): void {
  vi.mocked(uni.showModal).mockImplementation(((given: any) => given.success({ confirm: yes })) as any)
}
