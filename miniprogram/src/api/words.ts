// The lists that forms choose from: asked once a language, kept on the phone for when there is no line.
import { keep, kept } from '@/kept/store'
import { locale } from '@/locale'
import { ask } from './client'
import type { components } from './types'

export type Category = components['schemas']['CategoryView']
export type Region = components['schemas']['RegionView']

const asked = new Map<string, Promise<unknown>>()

/** A list by its address: of this visit, else fresh, else as it was kept. */
function list<T>(path: string): Promise<T[]> {
  const name = `${locale()}:${path}`
  const fresh = () =>
    ask<T[]>(path).then(
      (found) => (keep(`list:${name}`, found), found),
      (error) => {
        asked.delete(name)
        const before = kept<T[] | null>(`list:${name}`, null)
        if (before) return before
        throw error
      },
    )
  if (!asked.has(name)) asked.set(name, fresh())
  return asked.get(name) as Promise<T[]>
}

export const categories = () => list<Category>('/api/v1/categories')
export const regions = (parent?: string) => list<Region>(`/api/v1/regions${parent ? `?parent=${parent}` : ''}`)
