import { flushPromises, mount } from '@vue/test-utils'
import { beforeEach, expect, it } from 'vitest'
import { proven } from '@/kept/wechat'
import { i18n, t } from '@/locale'
import Voices from '@/pages/column/Voices.vue'
import { refusal, type Request, says, serve } from './serve'

const NUMBER = 'SF2026-00000000'
const CRITERIA = ['truthful', 'lawful'].map((code) => ({ code, name: `项目${code}`, says: '说明' }))
const told = (more: object) => ({ until: '2027-01-21', open: true, by_public: true, results: [], questions: [], ...more })

/** The page's part, with what the server answers; gives what was sent. */
async function shown(voices: object, answers: (request: Request) => any = () => undefined, more: object = {}) {
  const asked = serve((request) => {
    const own = answers(request)
    if (own !== undefined) return own
    if (request.path.endsWith('/voices')) return { data: told(voices) }
    if (request.path.endsWith('/comments')) return { data: { items: [], next: null } }
    if (request.path.endsWith('/ballot')) {
      return { data: { channel: 'public', channel_name: '社会公众', until: '2027-01-21', open: true, voted: false, criteria: CRITERIA } }
    }
    return { status: 204, data: null }
  })
  const made = mount(Voices, { props: { number: NUMBER, held: '', begin: '', everybody: true, ...more }, global: { plugins: [i18n] } })
  await flushPromises()
  const press = async (name: string) => {
    await made.findAll('[role=button], [role=radio]').find((one) => (one.attributes('aria-label') ?? one.text()) === name)!.trigger('click')
    await flushPromises()
  }
  return { made, asked, press }
}

beforeEach(() => {
  proven.value = { proof: 'p'.repeat(40) } as typeof proven.value
})

it('sends a rating once every criterion has its mark and it was confirmed, with the proof in its body only', async () => {
  const { made, asked, press } = await shown({})
  await press(t('voices.rate'))
  await press(t('voices.send'))
  expect(made.findAll('[role=alert]').map((one) => one.text())).toEqual([t('voices.choose'), t('voices.choose')])
  for (const group of made.findAll('[role=radiogroup]')) await group.findAll('[role=radio]')[3]!.trigger('click')
  says(false)
  await press(t('voices.send'))
  expect(asked.some(({ path }) => path.endsWith('/votes'))).toBe(false)
  says(true)
  await press(t('voices.send'))
  const sent = asked.find(({ path }) => path.endsWith('/votes'))!
  expect(sent.path).toBe(`/api/v1/public/reports/${NUMBER}/votes`)
  expect(sent.body).toEqual({ scores: { truthful: 4, lawful: 4 }, proof: 'p'.repeat(40) })
  expect(made.text()).toContain(t('voices.thanks'))
})

it('asks anew who somebody is when the proof is over, and keeps what was chosen', async () => {
  const { made, press } = await shown({}, ({ path }) => (path.endsWith('/votes') ? refusal(401, 'wechat_proof_over', '已过期') : undefined))
  await press(t('voices.rate'))
  for (const group of made.findAll('[role=radiogroup]')) await group.findAll('[role=radio]')[0]!.trigger('click')
  says(true)
  await press(t('voices.send'))
  expect(proven.value).toBeNull()
  expect(made.text()).toContain(t('voices.identify'))
})

it('sends a question under a key, so that one that is sent again is one', async () => {
  const { made, asked, press } = await shown({ open: false })
  expect(made.text()).not.toContain(t('voices.rate'))
  await press(t('voices.ask'))
  await made.find('textarea').trigger('input', { detail: { value: '欠款清理到什么程度？' } })
  await press(t('voices.ask.send'))
  const sent = asked.find(({ path }) => path.endsWith('/questions'))!
  expect(sent.header['Idempotency-Key']).toMatch(/^[0-9a-f-]{36}$/)
  expect(sent.body).toMatchObject({ text: '欠款清理到什么程度？' })
  expect(made.text()).toContain(t('voices.asked'))
})

it('shows each channel by itself, and no numbers where too few took part', async () => {
  const channel = (name: string, votes: number | null) => ({
    channel: name, channel_name: name, fewest: 10, votes, criteria: votes ? [{ name: '项目', shares: [0, 5, 15, 30, 50] }] : [],
  })
  const { made } = await shown({ open: false, results: [channel('public', 20), channel('complainant', null)] })
  expect(made.text()).toContain('5 分50%')
  expect(made.text()).toContain(t('voices.few', { n: 10 }))
  expect(made.text()).toContain(t('voices.apart'))
})

it('offers nothing to rate where the operator has not opened it', async () => {
  const { made } = await shown({ by_public: false })
  expect(made.text()).toContain(t('voices.off'))
  expect(made.text()).not.toContain(t('voices.rate'))
})

it('begins what the address asks for only while it may be done, and nothing for whoever is at work', async () => {
  const begun = { begin: 'rate' }
  expect((await shown({}, undefined, begun)).made.text()).toContain(t('voices.send'))
  expect((await shown({ open: false }, undefined, begun)).made.text()).not.toContain(t('voices.send'))
  const working = (await shown({}, undefined, { ...begun, staff: true })).made.text()
  expect(working).toContain(t('voices.staff'))
  expect(working).not.toContain(t('voices.send'))
})
