// What a content says, part by part, in words: to be read, and to be compared with the version before.
import type { Said } from '@/api/matters'
import { t } from '@/locale'
import { inMinutes } from '@/uploads/words'
import type { Content, Item, Report } from './report'

/** The parts of a content that have a name for people, in the order of the page. */
export const PARTS = ['title', 'forms', 'sections', 'answers', 'problems', 'measures', 'clips', 'document'] as const
export type Part = (typeof PARTS)[number]
export const labelOf = (part: string) => t(`reports.part.${part}`)

const nameOf = (outline: Item[], code: string | undefined) => outline.find((one) => one.code === code)?.name ?? code ?? ''

/** One part as lines with what each is called. */
export function linesOf(part: Part, content: Partial<Content>, { outline = [], must = [] }: Report): Said[] {
  switch (part) {
    case 'title':
    case 'measures':
      return content[part] ? [{ label: labelOf(part), text: content[part]! }] : []
    case 'forms':
      return [{ label: labelOf(part), text: (content.forms ?? []).map((name) => t(`reports.form.${name}`)).join('、') }]
    case 'sections':
      return (content.sections ?? []).map(({ item, text }) => ({ label: nameOf(outline, item), text }))
    case 'answers':
      return (content.answers ?? []).map(({ item, text }) => ({ label: must.find((one) => one.item === item)?.text ?? item, text }))
    case 'problems':
      return (content.problems ?? []).map((text, place) => ({ label: t('reports.problem', { n: place + 1 }), text }))
    case 'clips':
      return (content.clips ?? []).map((clip, place) => ({
        label: t('reports.clip', { n: place + 1 }),
        text: [
          clip.title,
          nameOf(outline, clip.item),
          ...(clip.marks ?? []).map(({ at, title }) => `${inMinutes(at)} ${title}`),
          t(clip.captions ? 'reports.captions.there' : 'reports.captions.none'),
        ].filter(Boolean).join('\n'),
      }))
    case 'document':
      return [{ label: labelOf(part), text: t(content.document ? 'reports.document.there' : 'reports.document.none') }]
  }
}
