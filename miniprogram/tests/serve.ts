// A network for the tests: what the server answers, by method and path; null is no answer at all.
import { vi } from 'vitest'

export interface Request {
  method: string
  path: string
  body: any
  header: Record<string, string>
}
export type Answer = { status?: number; data: unknown; header?: Record<string, string> } | null

/** Answer from here on with what `answer` says; gives the requests that come. */
export function serve(answer: (request: Request) => Answer | Promise<Answer>): Request[] {
  const asked: Request[] = []
  vi.mocked(uni.request).mockImplementation(((given: any) => {
    const request = { method: given.method, path: given.url, body: typeof given.data === 'string' ? JSON.parse(given.data) : given.data, header: given.header }
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
