import { flushPromises, mount } from '@vue/test-utils'
import { expect, it } from 'vitest'
import { begin, me } from '@/kept/session'
import { i18n, setLanguage, t } from '@/locale'
import MatterPage from '@/staff/matter/index.vue'
import AllMatters from '@/staff/parts/AllMatters.vue'
import DutyMenu from '@/staff/parts/DutyMenu.vue'
import MatterHead from '@/staff/parts/MatterHead.vue'
import { postName } from '@/staff/words'
import { serve } from './serve'

const now = Date.parse('2026-12-10T09:00:00+08:00')
const due = '2026-12-03T23:59:59+08:00'
const day = '2026-11-01T00:00:00+08:00' // how an anonymous act is dated
const plugins = { global: { plugins: [i18n] } }
const clock = { internal_due: due, statutory_due: due, paused_since: null, clock_stopped_at: null, ended_at: null }
const matter = {
  kind: 'case', kind_label: '举报件', number: 'JB2026-AAAA1111', stage_label: '已答复', tier_label: '一般', region: '62',
  region_name: '甘肃省', filed_on: '2026-11-01', progress: [], case: {}, ...clock,
}
const line = { ...matter, ended: false }

it('shows an answered matter as late no more: its clock has stopped', () => {
  const head = (change = {}) => mount(MatterHead, { props: { matter: { ...matter, ...change }, now } as any, ...plugins })
  expect(head().text()).toContain('逾期 7 天')
  const stopped = head({ clock_stopped_at: '2026-12-02T10:30:00+08:00' })
  expect(stopped.text()).toContain('12月2日 10:30 停止计时')
  expect(stopped.text()).not.toContain('逾期')
  expect(stopped.find('.bar').exists()).toBe(false)
})

it('asks for the late, the open and the ended, and says what there is none of', async () => {
  const asked = serve(({ path }) => ({ data: { items: path.includes('ended=true') ? [] : [line], next: null } }))
  const list = mount(AllMatters, { props: { region: '6201', now } as any, ...plugins })
  await flushPromises()
  for (const name of ['late', 'open', 'ended']) {
    await list.findAll('[role=radio]').find((one) => one.text().endsWith(t(`staff.which.${name}`)))!.trigger('click')
    await flushPromises()
  }
  const queries = asked.map(({ path }) => path.split('?')[1])
  expect(queries).toEqual(['region=6201', 'region=6201&late=true', 'region=6201&ended=false', 'region=6201&ended=true'])
  expect(list.find('[aria-checked=true]').text()).toContain('已结束')
  expect(list.text()).toContain('没有已结束的事项')
})

it('says of a line whether its clock runs', async () => {
  const said = async (change = {}) => {
    serve(() => ({ data: { items: [{ ...line, ...change }], next: null } }))
    const list = mount(AllMatters, { props: { region: '', now } as any, ...plugins })
    await flushPromises()
    return list.find('.line').text()
  }
  expect(await said()).toContain('逾期 7 天')
  expect(await said({ clock_stopped_at: due })).toContain('已停止计时')
  expect(await said({ clock_stopped_at: due })).not.toContain('逾期')
})

it('offers to give back what was claimed, not what was assigned', () => {
  const duty = { id: 'd', label: '办理', mine: true, claimed: true, matter: line }
  const menu = (releasable: boolean) =>
    mount(DutyMenu, { props: { duty: { ...duty, releasable }, tab: 'mine' } as any, ...plugins }).text()
  expect(menu(true)).toContain(t('staff.release'))
  expect(menu(false)).not.toContain(t('staff.release'))
})

it('calls a post as the roster does, and by its role where there is no title or it is not understood', async () => {
  const post = { id: 'p', role: 'handler', title: '二级主办', unit: 'u', unit_name: '市监局', region: '62', stands_in: false }
  serve(({ header }) => {
    const active = { ...post, role_label: header['Accept-Language'] === 'en' ? 'Officer in charge' : '承办人' }
    return { data: { name: '邹行', active, posts: [active] } }
  })
  await begin('token')
  const name = () => postName(me.value!.active!)
  expect(name()).toBe('二级主办')
  expect(postName({ ...me.value!.active!, title: '' })).toBe('承办人')
  setLanguage('en')
  await flushPromises()
  expect(name()).toBe('Officer in charge')
  setLanguage('zh-Hans')
})

it('shows the day and no clock time of an act that is dated by its day only', async () => {
  const post = { id: 'p', role: 'handler', role_label: '承办人', title: '', unit: 'u', unit_name: '市监局', region: '62', stands_in: false }
  const opened = { ...matter, version: 3, duties: [], relations: [], involved: [], related: [], next_steps: [], paused_since: day }
  const entry = { verb: 'x', stage: 'filed', said: {}, shown: [{ label: '理由', text: '一段话' }], shredded: false }
  const entries = [
    { ...entry, seq: 1, at: day, label: '提交举报', by: '举报人' },
    { ...entry, seq: 2, at: '2026-11-02T09:05:07+08:00', label: '受理', by: '受理中心', shown: [], shredded: true },
  ]
  serve(({ path }) => {
    if (path.includes('/session')) return { data: { name: '邹行', active: post, posts: [post] } }
    return { data: path.includes('/entries') ? { items: entries, next: null } : opened }
  })
  await begin('token')
  const page = mount(MatterPage, plugins)
  const hooks = page.vm.$ as unknown as Record<string, Array<(query?: object) => void>>
  hooks.onLoad!.forEach((hook) => hook({ number: matter.number }))
  hooks.onShow!.forEach((hook) => hook())
  await flushPromises()
  const [newest, oldest] = page.findAll('[role=listitem]').map((one) => one.text())
  expect(oldest).toContain('2026年11月1日 · 举报人')
  expect(oldest).toContain('一段话')
  expect(newest).toContain('2026年11月2日 09:05 · 受理中心')
  expect(newest).toContain(t('timeline.shredded'))
  expect(page.text()).not.toContain('00:00')
})
