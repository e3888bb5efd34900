// From what was chosen to what is uploaded: looked at first, then kept on the phone, then on its way.
import { uuid } from '@/api/client'
import { t } from '@/locale'
import { type Chosen, dropped, kept, markOf, opened } from './content'
import { change, note, type Upload, uploadOf, type Whose } from './list'
import { faultOf, purposeFor, purposes } from './purposes'
import { anew, resume, run } from './sending'

/**
 * Take what was chosen: the ids of what is sent from now on, and in words why others are not. Where a form knows what
 * it is for, it names the purpose.
 */
export async function added(chosen: Chosen[], whose: Whose, room: number, purpose = ''): Promise<{ ids: string[]; wrong: string[] }> {
  const known = await purposes()
  const wrong: string[] = []
  const ids: string[] = []
  for (const file of chosen) {
    const fault = ids.length >= room ? t('upload.wrong.many', { name: file.name }) : faultOf(file, known, purpose)
    if (fault) wrong.push(fault)
    else ids.push(await taken(file, whose, purpose || (purposeFor(file.type, known)?.code ?? '')))
  }
  run()
  return { ids, wrong: [...new Set(wrong)] }
}

async function taken(file: Chosen, whose: Whose, purpose: string): Promise<string> {
  const item: Upload = {
    ...whose,
    id: `upload:${uuid()}`,
    handed: false,
    name: file.name,
    type: file.type,
    purpose,
    bytes: file.bytes,
    seconds: file.seconds,
    mark: '',
    address: '',
    offset: 0,
    state: 'waits',
    why: '',
    at: new Date().toISOString(),
  }
  await held(item, file)
  change((list) => [...list, item])
  return item.id
}

/** Put the content where `opened` finds it, and note by what it is known. */
async function held(item: Upload, file: Chosen): Promise<void> {
  item.path = await kept(item.id, file)
  const content = await opened(item)
  item.mark = content ? await markOf(content).catch(() => '') : ''
}

/** Go on with a file whose content was gone: gives why not, in words, if it is another one. */
export async function foundAgain(id: string, file: Chosen): Promise<string> {
  const item = uploadOf(id)
  if (!item) return ''
  const found = { ...item }
  await held(found, file)
  const same = file.bytes === item.bytes && found.mark === item.mark
  if (!same) {
    await dropped(found)
    return t('upload.wrong.other', { name: item.name })
  }
  note(id, { path: found.path })
  if (!item.handed && !item.address) anew(id)
  resume(id)
  return ''
}
