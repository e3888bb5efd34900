// A report as its makers and reviewers see it, and the form in which it is written.
import type { Matter } from '@/api/matters'
import type { components } from '@/api/types'
import { spread, written } from '@/parts/vtt'

export interface Mark {
  at: number
  title: string
  answer?: string
}
export interface Clip {
  file: string
  title: string
  item?: string
  interview?: boolean
  captions?: string
  marks?: Mark[]
}
export interface Content {
  title: string
  forms: string[]
  sections: Array<{ item: string; text: string }>
  answers: Array<{ item: string; text: string }>
  problems: string[]
  measures?: string
  clips: Clip[]
  document?: string
}
export interface Point {
  text: string
  clip?: number
  at?: number
  item?: string
}
export interface Item {
  code: string
  name: string
  hint: string
  must: boolean
}
export type CheckState = 'owed' | 'asked' | 'passed' | 'person' | 'refused'
export interface Checks {
  state: CheckState
  state_label: string
  parts: Array<{
    part: string
    name: string
    state: CheckState
    state_label: string
    why: string[]
    decided: Array<{ by: string; passed: boolean; reason: string }>
  }>
}
export interface Report {
  official: { name: string; title: string; unit: string }
  cycle: { year: number; title: string; submit_by: string; longest_seconds: number }
  scope_label: string
  published_at: string | null
  outline?: Item[]
  must?: Array<{ item: string; text: string }>
  points?: Point[]
  version?: number
  content?: Partial<Content> | null
  checks?: Checks | null
  /** 公众号草稿: what became of it. */
  article?: { state: string; state_label: string; why: string; at: string } | null
}
export type Version = components['schemas']['VersionView']

export const reportOf = (matter: Matter | null) =>
  matter?.kind === 'report' ? ((matter as Record<string, any>).report as Report) : null

export const FORMS = ['written', 'media', 'special', 'meeting']
const LENGTH = 60 // seconds that typed captions are spread over where nobody knows how long the clip plays

/** A clip in the form: `file` is the server's id once it has one, `upload` the id on this phone while it is sent. */
export interface ClipForm {
  key: string
  file: string
  upload: string
  title: string
  item: string
  interview: boolean
  captions: string
  marks: Array<{ at: string; title: string; answer: string }>
  seconds: number
}
export interface Form {
  /** The matter's version, and the content, of which the form was made or which was saved last. */
  from: number
  saved: string
  title: string
  forms: string[]
  texts: Record<string, string>
  answers: Record<string, string>
  problems: string[]
  measures: string
  clips: ClipForm[]
  document: string
  script: string
}

/** What the form begins with: what the server has. */
export function formOf(matter: Matter | null): Form {
  const report = reportOf(matter)
  const told = report?.content ?? {}
  const form: Form = {
    from: matter?.version ?? 0,
    saved: '',
    title: told.title ?? (report ? `${report.official.unit}${report.official.name}${report.cycle.year}年度述法报告` : ''),
    forms: told.forms ?? ['written'],
    texts: byItem(told.sections),
    answers: byItem(told.answers),
    problems: told.problems?.length ? [...told.problems] : [''],
    measures: told.measures ?? '',
    clips: (told.clips ?? []).map((clip, place) => ({
      key: `${clip.file}:${place}`,
      file: clip.file,
      upload: '',
      title: clip.title,
      item: clip.item ?? '',
      interview: clip.interview ?? false,
      captions: clip.captions ?? '',
      marks: (clip.marks ?? []).map(({ at, title, answer }) => ({ at: clockOf(at), title, answer: answer ?? '' })),
      seconds: 0,
    })),
    document: told.document ?? '',
    script: '',
  }
  form.saved = told.title ? JSON.stringify(contentOf(form)) : ''
  return form
}

const byItem = (parts: Array<{ item: string; text: string }> = []) =>
  Object.fromEntries(parts.map(({ item, text }) => [item, text]))

/** What is sent: what was left empty is left out; typed captions get their times. */
export function contentOf(form: Form): Content {
  const parts = (texts: Record<string, string>) =>
    Object.entries(texts).flatMap(([item, text]) => (text.trim() ? [{ item, text: text.trim() }] : []))
  return {
    title: form.title.trim(),
    forms: form.forms,
    sections: parts(form.texts),
    answers: parts(form.answers),
    problems: form.problems.map((one) => one.trim()).filter(Boolean),
    ...(form.measures.trim() && { measures: form.measures.trim() }),
    clips: form.clips.map((clip) => ({
      file: clip.file,
      title: clip.title.trim(),
      ...(clip.item && { item: clip.item }),
      interview: clip.interview,
      ...(clip.captions.trim() && { captions: timed(clip.captions, clip.seconds) }),
      marks: clip.marks.filter(({ title }) => title.trim()).map((mark) => ({
        at: secondsOf(mark.at),
        title: mark.title.trim(),
        ...(mark.answer.trim() && { answer: mark.answer.trim() }),
      })),
    })),
    ...(form.document && { document: form.document }),
  }
}

/** Lines without times are each as long as their share of the letters. */
export const timed = (captions: string, seconds: number) =>
  captions.includes('-->') ? captions : spread(captions, seconds || LENGTH)

/** `1:05`, and back; what is no time is the beginning. */
export const clockOf = (seconds: number) => written(seconds).slice(3, 8).replace(/^0/, '')
export function secondsOf(clock: string): number {
  const sum = clock.split(/[:：]/).reduce((total, part) => total * 60 + Number(part), 0)
  return Number.isFinite(sum) && sum >= 0 ? Math.floor(sum) : 0
}

/** What the server said of each field, by its path within the content. */
export function faultsIn(details: Record<string, any>): Record<string, string> {
  const found: Record<string, string> = {}
  for (const { path, message } of details.fields ?? []) {
    const name = String(path).replace(/^inputs\.?/, '')
    found[name] = found[name] ? `${found[name]}\n${message}` : message
  }
  return found
}

/** All that was said of a field and of what is below it. */
export const faultAt = (faults: Record<string, string>, path: string) =>
  Object.entries(faults)
    .filter(([name]) => name === path || name.startsWith(`${path}.`))
    .map(([, message]) => message)
    .join('\n')
