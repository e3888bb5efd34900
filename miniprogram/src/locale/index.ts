// The texts people read, in Chinese first and English beside it. What the server says comes in the language asked for.
import { createI18n } from 'vue-i18n'
import { keep, kept } from '@/kept/store'
import en from './en.json'
import enFiles from './en/files.json'
import enLedger from './en/ledger.json'
import enNotices from './en/notices.json'
import enPublic from './en/public.json'
import enReports from './en/reports.json'
import enSign from './en/sign.json'
import enStaff from './en/staff.json'
import enSupervision from './en/supervision.json'
import enUpload from './en/upload.json'
import enVoices from './en/voices.json'
import zh from './zh-Hans.json'
import zhFiles from './zh-Hans/files.json'
import zhLedger from './zh-Hans/ledger.json'
import zhNotices from './zh-Hans/notices.json'
import zhPublic from './zh-Hans/public.json'
import zhReports from './zh-Hans/reports.json'
import zhSign from './zh-Hans/sign.json'
import zhStaff from './zh-Hans/staff.json'
import zhSupervision from './zh-Hans/supervision.json'
import zhUpload from './zh-Hans/upload.json'
import zhVoices from './zh-Hans/voices.json'

export type Language = 'zh-Hans' | 'en'

export const i18n = createI18n({
  legacy: false,
  // Names are whole: `case.chain` is one text and `case.chain.why` another.
  messageResolver: (messages, name) => (messages as Record<string, string>)[name] ?? null,
  locale: kept<Language>('language', phoneLanguage()),
  fallbackLocale: 'zh-Hans',
  messages: {
    'zh-Hans': { ...zh, ...zhFiles, ...zhLedger, ...zhNotices, ...zhPublic, ...zhReports, ...zhSign, ...zhStaff, ...zhSupervision, ...zhUpload, ...zhVoices },
    en: { ...en, ...enFiles, ...enLedger, ...enNotices, ...enPublic, ...enReports, ...enSign, ...enStaff, ...enSupervision, ...enUpload, ...enVoices },
  },
})

/** A text by its name, outside of components too. */
export const t = i18n.global.t as (name: string, values?: Record<string, unknown>) => string

/** The language now, as Accept-Language says it. */
export function locale(): Language {
  return i18n.global.locale.value as Language
}

export function setLanguage(chosen: Language): void {
  i18n.global.locale.value = chosen
  keep('language', chosen)
  // #ifdef H5
  document.documentElement.lang = chosen === 'en' ? 'en' : 'zh-CN'
  // #endif
}

/** English where the phone speaks it, Chinese everywhere else. */
function phoneLanguage(): Language {
  return String(uni.getLocale?.() ?? '').startsWith('en') ? 'en' : 'zh-Hans'
}
