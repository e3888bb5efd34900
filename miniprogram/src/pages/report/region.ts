// The region of the last report from this phone, to begin the next with.
import { keep, kept } from '@/kept/store'

export const lastRegion = () => kept('last-region', '')
export const keepRegion = (code: string) => keep('last-region', code)
