// The page of the demo phone: it asks the fake WeChat's /phone/ API, and never our own site.

const EVERY = 1500 // milliseconds between two looks at what has come
const PLACES = [
  ['兰州市政务服务大厅', 36.0611, 103.8343],
  ['城关区市场监督管理局', 36.0573, 103.8413],
  ['甘肃省司法厅', 36.0504, 103.8259],
]
const byId = (id) => document.getElementById(id)
const screen = byId('screen'), foot = byId('foot'), sheet = byId('sheet'), told = byId('told')

let apps = [], site = '', people = [], chat = [], person = '', view = '', typing = false, things = false, asking = null, footOf = ''

function make(tag, given = {}, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(given)) {
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value)
    else if (value === true) made.setAttribute(name, '')
    else if (value !== false && value != null) made.setAttribute(name, value)
  }
  made.append(...children.flat(Infinity).filter((child) => child != null))
  return made
}

function tell(text) {
  told.textContent = text
  clearTimeout(tell.timer)
  tell.timer = setTimeout(() => (told.textContent = ''), 4000)
}

async function ask(path, body, type = 'application/json') {
  const sent = body === undefined ? {} : { method: 'POST', headers: { 'Content-Type': type }, body: type === 'application/json' ? JSON.stringify(body) : body }
  const answer = await fetch(path, sent)
  if (!answer.ok) throw new Error(`${answer.status}`)
  return answer.json()
}

async function act(work) {
  try {
    await work()
    await look()
  } catch {
    tell('没有成功：微信演示服务没有应答，请稍后再试')
  }
}

const app = (kind) => apps.find((one) => one.kind === kind)
const mine = (path) => `/phone/${encodeURIComponent(person)}${path}`
const follows = () => people.find((one) => one.name === person)?.follows.includes(app('official')?.app_id)
const inChat = (line) => line.app_id === app('official')?.app_id
const go = (...parts) => parts.map(encodeURIComponent).join('/')

// What has come

async function look() {
  const who = person
  const [listed, known, heard] = await Promise.all([ask('/phone/people'), ask('/phone/apps'), who ? ask(mine(`/chat?after=${chat.length}`)) : { chat: [] }])
  if (who !== person) return
  const before = JSON.stringify([people, apps])
  people = listed.people
  apps = known.apps
  chat.push(...heard.chat)
  if (heard.chat.length || JSON.stringify([people, apps]) !== before) draw(heard.chat)
}

async function keepLooking() {
  clearTimeout(asking)
  try {
    if (!document.hidden) {
      if (!apps.length) await begin()
      await look()
    }
  } catch {
    tell('微信演示服务没有应答')
  }
  asking = setTimeout(keepLooking, EVERY)
}

async function begin() {
  const known = await ask('/phone/apps')
  ;({ apps, site } = known)
  byId('site').href = site || '#'
}

// Where one is: #, #person, #person/chat, #person/notices

async function moved() {
  const [who = '', where = ''] = location.hash.slice(1).split('/').map(decodeURIComponent)
  if (who !== person) {
    person = who
    chat = []
    if (who) document.cookie = `person=${encodeURIComponent(who)}; path=/; SameSite=Lax`
  }
  view = where
  typing = things = false
  if (sheet.open) sheet.close()
  if (apps.length) await look().catch(() => tell('微信演示服务没有应答'))
  draw()
  screen.focus({ preventScroll: true })
}

function draw(fresh) {
  const official = app('official')
  byId('back').hidden = !person
  byId('back').href = view ? `#${go(person)}` : '#'
  byId('more').hidden = view !== 'chat'
  if (!person) return drawPeople()
  if (view === 'chat' && official) return drawChat(official, fresh)
  if (view === 'notices') return drawNotices(fresh)
  drawHome(official)
}

function drawPeople() {
  byId('title').textContent = '这是谁的手机？'
  foot.hidden = true
  screen.replaceChildren(
    make('ul', { class: 'list' }, people.map((one) =>
      make('li', {}, make('a', { class: 'row', href: `#${go(one.name)}` },
        make('i', { class: 'face mine', 'aria-hidden': 'true' }, one.name.slice(0, 1)),
        make('span', {}, one.name, make('small', {}, `${one.phone}，${one.follows.length ? '已关注公众号' : '还没有关注公众号'}`)))))),
    make('p', { class: 'hint' }, '选一个人，就拿起了这个人的手机。'),
  )
}

function drawHome(official) {
  byId('title').textContent = `微信（${person}）`
  foot.hidden = true
  const last = (of) => chat.filter(of).map(spoken).at(-1) ?? ''
  const notices = chat.filter((line) => !inChat(line)).length
  screen.replaceChildren(make('ul', { class: 'list' },
    official && make('li', {}, make('a', { class: 'row', href: `#${go(person, 'chat')}` }, face('举'),
      make('span', {}, `${official.name}（公众号）`, make('small', {}, last(inChat) || (follows() ? '已关注' : '还没有关注'))))),
    make('li', {}, make('a', { class: 'row', href: `#${go(person, 'notices')}` }, face('通'),
      make('span', {}, `服务通知（${notices}）`, make('small', {}, last((line) => !inChat(line)) || '还没有通知')))),
    make('li', {}, make('button', { class: 'row', type: 'button', onclick: openScan }, face('扫'),
      make('span', {}, '扫一扫', make('small', {}, '扫本系统印制的二维码')))),
    app('mini') && make('li', {}, make('button', { class: 'row', type: 'button', onclick: openPrompt }, face('订'),
      make('span', {}, '小程序的订阅提示', make('small', {}, '允许或拒绝小程序发送通知')))),
  ))
}

const face = (sign) => make('i', { class: 'face', 'aria-hidden': 'true' }, sign)

function spoken(line) {
  const { content } = line
  const names = { image: '[图片]', voice: '[语音]', video: '[视频]', shortvideo: '[视频]', location: '[位置]' }
  return names[content.msgtype] ?? content.Content ?? content.text?.content ?? content.news?.articles[0].Title ?? title(content) ?? '[消息]'
}

const title = (content) => apps.flatMap((one) => one.templates).find((one) => one.id === content.template_id)?.title

// The chat of the official account

function drawChat(official, fresh) {
  byId('title').textContent = official.name
  let log = screen.querySelector('.talk')
  const lines = (fresh ?? chat).filter(inChat)
  if (!log || !fresh) {
    log = make('div', { class: 'talk', role: 'log', 'aria-label': '聊天记录' })
    screen.replaceChildren(log)
  }
  if (log.querySelector('.empty') && lines.length) log.replaceChildren()
  log.append(...lines.map(drawn))
  if (!log.children.length) log.append(make('p', { class: 'hint empty' }, follows() ? '发一条消息，或者点下面的菜单。' : '关注后才能与公众号对话。'))
  if (lines.length || !fresh) screen.scrollTop = screen.scrollHeight
  const now = JSON.stringify([follows(), official.menu])
  if (!fresh || footOf !== now) drawFoot(official) // else what is being typed there stays
  footOf = now
}

function drawFoot(official) {
  foot.hidden = false
  if (!follows()) {
    foot.replaceChildren(make('button', { class: 'main wide', type: 'button', onclick: () => act(() => ask(mine(`/${official.app_id}/follows`), {})) }, '关注公众号'))
    return
  }
  const menu = official.menu ?? []
  const toggle = menu.length > 0 && make('button', { class: 'switch', type: 'button', 'aria-label': typing ? '显示菜单' : '打字', onclick: () => { typing = !typing; drawFoot(official) } }, typing ? '☰' : '⌨')
  if (menu.length && !typing) {
    foot.replaceChildren(make('div', { class: 'menu' }, toggle, menu.map((top) => drawTop(official, top))))
    return
  }
  const form = make('form', { onsubmit: (event) => { event.preventDefault(); say(official, form) } }, toggle || null,
    make('input', { name: 'text', type: 'text', 'aria-label': '消息', autocomplete: 'off', maxlength: 2000, placeholder: '说点什么' }),
    make('button', { class: 'main', type: 'submit' }, '发送'),
    make('button', { class: 'switch', type: 'button', 'aria-label': '图片、语音、位置等', 'aria-expanded': String(things), onclick: () => { things = !things; drawFoot(official) } }, '＋'))
  foot.replaceChildren(form, ...(things ? [drawThings(official)] : []))
}

function drawTop(official, top) {
  const inner = top.sub_button ?? []
  const holder = make('div', {})
  const button = make('button', { type: 'button', 'aria-expanded': inner.length ? 'false' : null, onclick: () => {
    if (!inner.length) return tap(official, top)
    const open = holder.querySelector('.below')
    foot.querySelectorAll('.below').forEach((one) => one.remove())
    button.setAttribute('aria-expanded', String(!open))
    if (!open) holder.append(make('div', { class: 'below' }, inner.map((one) => make('button', { type: 'button', onclick: () => tap(official, one) }, one.name))))
  } }, `${inner.length ? '≡ ' : ''}${top.name}`)
  holder.append(button)
  return holder
}

function drawThings(official) {
  const pick = (type, accept, name) => make('button', { type: 'button', onclick: () => choose(accept, (file) => sendFile(official, type, file)) }, name)
  return make('div', { class: 'things' },
    pick('image', 'image/*', '图片'), pick('video', 'video/mp4', '视频'), pick('shortvideo', 'video/mp4', '小视频'),
    make('button', { type: 'button', onclick: () => sendFile(official, 'voice', new File([recording(3)], 'voice.amr', { type: 'audio/amr' })) }, '说 3 秒'),
    make('button', { type: 'button', onclick: () => openPlaces(official) }, '位置'),
    make('button', { type: 'button', onclick: openScan }, '扫一扫'))
}

const say = (official, form) => act(async () => {
  const field = form.elements.text, text = field.value.trim()
  if (!text) return
  field.value = ''
  await ask(mine(`/${official.app_id}/says`), { type: 'text', fields: { Content: text } })
})

const sendFile = (official, type, file) => act(async () => {
  tell('正在发送……')
  await ask(mine(`/${official.app_id}/sends?type=${type}`), file, file.type || 'application/octet-stream')
  tell('')
})

function choose(accept, then) {
  const input = make('input', { type: 'file', accept })
  input.addEventListener('change', () => input.files[0] && then(input.files[0]))
  input.click()
}

// So many seconds of silence in AMR, 50 frames each: a browser records in other formats than WeChat's
function recording(seconds) {
  const frame = new Uint8Array(32)
  frame[0] = 0x3c
  return new Blob(['#!AMR\n', ...Array(seconds * 50).fill(frame)])
}

const tap = (official, button) => act(async () => {
  foot.querySelectorAll('.below').forEach((one) => one.remove())
  opened(await ask(mine(`/${official.app_id}/taps`), { name: button.name }))
})

// One line of a chat

function drawn(line) {
  const { kind, content } = line
  if (kind === 'failure') return make('p', { class: 'fault' }, content.text.content)
  const own = kind === 'said'
  const body = content.template_id ? note(line) : content.news ? article(content.news.articles[0]) : make('div', { class: 'bubble' }, inside(content))
  return make('div', { class: `line${own ? ' mine' : ''}` }, own ? make('i', { class: 'face mine', 'aria-label': person, role: 'img' }, person.slice(0, 1)) : make('i', { class: 'face', 'aria-label': '公众号', role: 'img' }, '举'), body)
}

function inside(content) {
  const id = content.MediaId ?? content.image?.media_id
  const src = id && `/films/${encodeURIComponent(id)}`
  switch (content.msgtype) {
    case 'text': return linked(content.Content ?? content.text.content)
    case 'image': return make('img', { src, alt: '图片' })
    case 'voice': return '🔊 语音'
    case 'video': case 'shortvideo': return make('video', { src, controls: true, preload: 'metadata' })
    case 'location': return `📍 ${content.Label}`
    case 'msgmenu': return [content.msgmenu.head_content, ...content.msgmenu.list.map((one) => `\n· ${one.content}`)].join('')
    default: return `[${content.msgtype}]`
  }
}

// <a href="…">…</a> is the only markup that WeChat's texts have
function linked(text) {
  const parts = text.split(/(<a\s+href="[^"]*"[^>]*>[^<]*<\/a>|https?:\/\/[^\s，。；）]+)/)
  return parts.map((part) => {
    const [, href, name] = /^<a\s+href="([^"]*)"[^>]*>([^<]*)<\/a>$/.exec(part) ?? (/^https?:/.test(part) ? [part, part, part] : [])
    return href && /^https?:/.test(href) ? link(href, name) : part
  })
}

const link = (href, name) => make('a', { href, target: '_blank', rel: 'noopener' }, name)

const article = (one) => make('div', { class: 'card' }, make('h3', {}, one.Title ?? one.title), make('p', {}, one.Description ?? one.description ?? ''),
  (one.Url ?? one.url) && link(one.Url ?? one.url, '阅读全文'))

function note(line) {
  const { content } = line
  const href = content.page ? miniAddress(content.page) : content.miniprogram ? miniAddress(content.miniprogram.pagepath) : content.url
  return make('div', { class: 'card' }, make('h3', {}, title(content) ?? '通知'), Object.values(content.data).map((one) => make('p', {}, one.value)),
    href && link(href, content.page || content.miniprogram ? '进入小程序查看' : '详情'))
}

function drawNotices(fresh) {
  byId('title').textContent = '服务通知'
  foot.hidden = true
  let log = screen.querySelector('.talk')
  const lines = chat.filter((line) => !inChat(line))
  if (log && fresh && !fresh.some((line) => !inChat(line))) return
  log = make('div', { class: 'talk', role: 'log', 'aria-label': '服务通知' }, lines.map((line) => [make('p', { class: 'time' }, moment(line.at)), line.content.template_id ? note(line) : drawn(line)]))
  if (!lines.length) log.append(make('p', { class: 'hint' }, '还没有通知。在小程序里允许订阅后，事项有进展时会通知到这里。'))
  screen.replaceChildren(log)
  screen.scrollTop = screen.scrollHeight
}

const moment = (at) => new Date(at).toLocaleString('zh-CN', { timeZone: 'Asia/Shanghai', month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit' })

// Sheets

function show(name, ...children) {
  sheet.replaceChildren(make('h3', { id: 'sheet-title' }, name), ...children.flat(Infinity).filter((child) => child != null))
  if (!sheet.open) sheet.showModal()
}

const buttons = (...children) => make('div', { class: 'buttons' }, children)
const shut = () => make('button', { type: 'button', onclick: () => sheet.close() }, '取消')

function openPlaces(official) {
  show('发送位置', make('ul', { class: 'list' }, PLACES.map(([Label, Location_X, Location_Y]) => make('li', {}, make('button', { class: 'row', type: 'button', onclick: () => {
    sheet.close()
    act(() => ask(mine(`/${official.app_id}/says`), { type: 'location', fields: { Location_X, Location_Y, Scale: 16, Label } }))
  } }, Label)))), buttons(shut()))
}

async function openScan() {
  const { codes } = await ask('/phone/codes').catch(() => ({ codes: [] }))
  const input = make('input', { type: 'text', name: 'code', autocomplete: 'off', placeholder: `${site}/q/…` })
  const form = make('form', { onsubmit: (event) => { event.preventDefault(); input.value.trim() && scan(input.value.trim()) } },
    make('label', {}, '二维码的内容（普通链接可以从二维码管理中复制）', input),
    make('button', { class: 'wide', type: 'button', onclick: () => choose('image/*', read) }, '选一张二维码图片'),
    codes.length ? make('p', {}, '最近生成的码：') : null,
    codes.length ? make('ul', { class: 'list' }, codes.map((one) => make('li', {}, make('button', { class: 'row', type: 'button', onclick: () => scan(one.text) }, make('span', {}, one.name, make('small', {}, one.text)))))) : null,
    buttons(shut(), make('button', { class: 'main', type: 'submit' }, '扫这个码')))
  show('扫一扫', form)
}

// A picture that the fake itself drew is known there; others are read where the browser can
async function read(file) {
  try {
    let { text } = await ask('/phone/pictures', file, file.type || 'application/octet-stream')
    if (!text && 'BarcodeDetector' in window) [{ rawValue: text } = {}] = await new BarcodeDetector({ formats: ['qr_code'] }).detect(await createImageBitmap(file))
    if (text) return await scan(text)
  } catch {}
  sheet.close()
  tell('这个浏览器读不出图片中的码，请粘贴它的内容')
}

const scan = (text) => act(async () => {
  sheet.close()
  opened(await ask(mine('/scans'), { text }))
})

function miniAddress(page, query = {}) {
  if (query.q) return decodeURIComponent(query.q)
  const rest = query.query ?? Object.entries(query).map(([name, value]) => `${name}=${value}`).join('&')
  return `${site}/h5/#/${page}${rest ? `?${rest}` : ''}`
}

function opened(what) {
  if (what.opens === 'chat') {
    location.hash = go(person, 'chat')
    return
  }
  const href = what.opens === 'mini' ? miniAddress(what.page, what.query) : what.url
  if (!/^https?:/.test(href ?? '')) return tell('这个码不是网址，也不是本系统的码')
  const said = what.opens === 'mini' ? `打开小程序的页面 ${what.page}。演示中以手机网页代替小程序，内容相同。` : '打开网页。'
  show(what.opens === 'mini' ? '小程序' : '网页', make('p', {}, said), make('p', {}, make('small', {}, href)),
    buttons(shut(), make('a', { class: 'main', href, target: '_blank', rel: 'noopener', onclick: () => sheet.close() }, '打开')))
}

function openPrompt() {
  const mini = app('mini')
  const ticks = mini.templates.map((one) => [one, make('input', { type: 'checkbox', name: one.id, checked: true })])
  const answer = (all) => act(async () => {
    sheet.close()
    await ask(mine(`/${mini.app_id}/prompt`), Object.fromEntries(ticks.map(([one, tick]) => [one.id, all && tick.checked])))
    tell(all ? '已允许所选的通知各一次' : '已拒绝')
  })
  show(`${mini.name} 申请向你发送通知`, ticks.map(([one, tick]) => make('label', { class: 'tick' }, tick, one.title)),
    buttons(make('button', { type: 'button', onclick: () => answer(false) }, '拒绝'), make('button', { class: 'main', type: 'button', onclick: () => answer(true) }, '允许')))
}

byId('more').addEventListener('click', () => {
  const official = app('official')
  show(official.name, make('p', {}, follows() ? '已关注。' : '还没有关注。'), buttons(shut(), follows() && make('button', { type: 'button', onclick: () => {
    sheet.close()
    act(() => ask(mine(`/${official.app_id}/unfollows`), {}))
  } }, '不再关注')))
})

addEventListener('hashchange', moved)
document.addEventListener('visibilitychange', () => document.hidden || keepLooking())
await begin().catch(() => tell('微信演示服务没有应答'))
await moved()
keepLooking()
