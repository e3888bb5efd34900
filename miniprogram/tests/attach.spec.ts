import { flushPromises, mount } from '@vue/test-utils'
import { beforeEach, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import { keep } from '@/kept/store'
import { i18n, t } from '@/locale'
import Attach from '@/parts/Attach.vue'
import Voice from '@/parts/Voice.vue'
import { fieldsOf } from '@/steps/schema'
import StepForm from '@/steps/StepForm.vue'
import { change, note, uploads } from '@/uploads/list'
import { refusal, says, serveFiles } from './serve'
import { indexedDb, met, server } from './tus'

beforeEach(() => {
  change(() => [])
  uploads.value = []
  indexedDb()
  URL.createObjectURL = () => 'blob:here'
  URL.revokeObjectURL = () => undefined
})

/** What somebody chooses in the browser's dialog. */
function chooses(...files: File[]) {
  vi.spyOn(HTMLInputElement.prototype, 'click').mockImplementation(function (this: HTMLInputElement) {
    Object.defineProperty(this, 'files', { value: files })
    this.dispatchEvent(new Event('change'))
  })
}
const picture = (name: string) => new File(['abc'], name, { type: 'image/jpeg' })

/** The widget as a form holds it. */
function widget(most = 20) {
  const made = mount(Attach, {
    props: {
      modelValue: [] as string[],
      whose: { draft: 'k1' },
      label: '附件',
      most,
      'onUpdate:modelValue': (ids: string[]) => made.setProps({ modelValue: ids }),
    },
    global: { plugins: [i18n] },
  })
  const press = async (name: string) => {
    await made.findAll('[role=button]').find((one) => (one.attributes('aria-label') ?? one.text()) === name)!.trigger('click')
    await flushPromises()
  }
  return { made, press }
}

it('lists what was chosen with its state, and gives the form its ids and names', async () => {
  server()
  const { made, press } = widget()
  chooses(picture('甲.jpg'), picture('乙.jpg'))
  await press(t('upload.album'))
  await met(() => expect(made.findAll('[role=listitem]').map((one) => one.text()).join()).toMatch(/甲.jpg.*已上传.*乙.jpg.*已上传/s))
  expect(made.props('modelValue')).toEqual(uploads.value.map(({ id }) => id))
  expect(Object.values(made.emitted('named')![0]![0] as object)).toEqual(['甲.jpg', '乙.jpg'])
  expect(made.text()).toContain(t('upload.total', { n: 2, size: '6 B', percent: 100 }))
})

it('says what is wrong with a file and takes the others', async () => {
  server()
  const { made, press } = widget()
  chooses(new File(['MZ'], '装.exe', { type: 'application/x-msdownload' }), picture('甲.jpg'))
  await press(t('upload.album'))
  await met(() => expect(made.find('[role=alert]').text()).toContain('装.exe'))
  expect(made.findAll('[role=listitem]')).toHaveLength(1)
})

it('asks before it removes one, and offers no more than there is room for', async () => {
  server()
  const { made, press } = widget(1)
  chooses(picture('甲.jpg'))
  await press(t('upload.album'))
  await met(() => expect(made.text()).toContain(t('upload.full', { n: 1 })))
  const name = t('upload.of', { act: t('upload.remove'), name: '甲.jpg' })
  says(false)
  await press(name)
  expect(made.props('modelValue')).toHaveLength(1)
  says(true)
  await press(name)
  expect([made.props('modelValue'), uploads.value]).toEqual([[], []])
})

it.each([
  ['paused', 'resume'],
  ['failed', 'retry'],
  ['wifi', 'anyway'],
])('offers for what is %s to %s', async (state, act) => {
  server((_, what) => (what.startsWith('PATCH') ? null : undefined))
  const { made, press } = widget()
  chooses(picture('甲.jpg'))
  await press(t('upload.album'))
  await met(() => expect(made.find('[role=progressbar]').attributes('aria-valuenow')).toBe('0'))
  await press(t('upload.of', { act: t('upload.pause'), name: '甲.jpg' }))
  note(uploads.value[0]!.id, { state: state as 'paused' })
  await nextTick()
  expect(made.text()).toContain(t(`upload.${state}`))
  server()
  await press(t('upload.of', { act: t(`upload.${act}`), name: '甲.jpg' }))
  await met(() => expect(made.text()).toContain(t('upload.done')))
})

it('draws the file widget of a step, and the choice among what the matter has', async () => {
  keep('session', 'a-token')
  const files = [
    { id: 'f1', name: '现场.jpg', purpose_label: '照片', bytes: 2048 },
    { id: 'f2', name: '录音', purpose_label: '录音', bytes: 5 },
  ]
  const asked = serveFiles(({ path }) => ({ data: path.endsWith('/files') ? files : [] }))
  const widgets = { type: 'array', 'x-widget': 'file', many: true, maxItems: 200 }
  const fields = fieldsOf({
    properties: { files: { ...widgets, title: '附件', maxItems: 3 }, withheld: { ...widgets, of: 'matter', title: '不移交的附件' } },
  })
  const form = mount(StepForm, {
    props: { fields, modelValue: { files: [], withheld: ['f2'] }, number: 'JB2026-00000000', whose: { post: 'p1' } },
    global: { plugins: [i18n] },
  })
  await flushPromises()
  expect(asked.map(({ path }) => path)).toContain('/api/v1/matters/JB2026-00000000/files')
  expect(form.findComponent(Attach).props()).toMatchObject({ most: 3, whose: { post: 'p1' } })
  const options = form.findAll('[role=checkbox]')
  expect(options.map((one) => [one.text(), one.attributes('aria-checked')])).toEqual([
    ['现场.jpg照片 · 2 KB', 'false'],
    ['✓录音录音 · 5 B', 'true'],
  ])
  await options[0]!.trigger('click')
  expect(form.emitted('update:modelValue')!.at(-1)).toEqual([{ files: [], withheld: ['f2', 'f1'] }])
  expect(form.emitted('named')!.at(-1)).toEqual([{ f1: '现场.jpg' }])
})

it('says why the files of a matter did not come, and tries again', async () => {
  let fails = true
  serveFiles(() => (fails ? refusal(503, 'busy', '系统繁忙') : { data: [] }))
  const fields = fieldsOf({ properties: { withheld: { type: 'array', 'x-widget': 'file', many: true, of: 'matter', title: '不移交' } } })
  const form = mount(StepForm, {
    props: { fields, modelValue: { withheld: [] }, number: 'JB2026-00000000', whose: { number: 'JB2026-00000000' } },
    global: { plugins: [i18n] },
  })
  await flushPromises()
  expect(form.find('.fault').text()).toContain('系统繁忙')
  fails = false
  await form.find('.fault [role=button]').trigger('click')
  await flushPromises()
  expect(form.text()).toContain(t('upload.matter.none'))
})

/** A microphone, as the browser gives one. */
function microphone(allowed: boolean) {
  const stop = vi.fn()
  const getUserMedia = () => (allowed ? Promise.resolve({ getTracks: () => [{ stop }] }) : Promise.reject(new Error('denied')))
  Object.assign(navigator, { mediaDevices: { getUserMedia } })
  class Recorder {
    static isTypeSupported = (type: string) => type === 'audio/mp4'
    state = 'recording'
    ondataavailable: (event: object) => void = () => undefined
    onstop: () => void = () => undefined
    start() {}
    stop() {
      this.state = 'inactive'
      this.ondataavailable({ data: new Blob(['sound']) })
      this.onstop()
    }
  }
  Object.assign(globalThis, { MediaRecorder: Recorder })
  return stop
}

it('records, plays, deletes, records again and gives the note; the microphone is let go each time', async () => {
  const stop = microphone(true)
  const player = { play: vi.fn(), stop: vi.fn(), destroy: vi.fn(), onEnded: vi.fn(), onError: vi.fn(), src: '' }
  vi.mocked(uni.createInnerAudioContext).mockReturnValue(player as any)
  const voice = mount(Voice, { global: { plugins: [i18n] } })
  const press = async (name: string) => {
    await voice.findAll('[role=button]').find((one) => one.text() === t(`voice.${name}`))!.trigger('click')
    await flushPromises()
  }
  await press('start')
  expect(voice.find('[role=timer]').text()).toContain('0:00')
  await press('stop')
  await press('listen')
  expect([player.src, player.play.mock.calls.length]).toEqual(['blob:here', 1])
  await press('quiet')
  await press('delete')
  await press('start')
  await press('stop')
  await press('add')
  expect(voice.emitted('made')![0]![0]).toMatchObject({ name: 'voice.m4a', type: 'audio/mp4', bytes: 5 })
  expect(stop).toHaveBeenCalledTimes(2)
})

it('says so when the microphone may not be used', async () => {
  microphone(false)
  const voice = mount(Voice, { global: { plugins: [i18n] } })
  await voice.find('[role=button]').trigger('click')
  await flushPromises()
  expect(voice.find('[role=alert]').text()).toBe(t('voice.denied'))
})
