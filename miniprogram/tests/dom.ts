// One page for all files: Vue keeps hold of the first it sees, and to make one for each file takes longer than the tests.
import { builtinEnvironments, type Environment } from 'vitest/environments'

const kept = globalThis as { madeOnce?: Promise<unknown> }

export default <Environment>{
  name: 'one-page',
  transformMode: 'web',
  async setup(global, options) {
    kept.madeOnce ??= Promise.resolve(builtinEnvironments.jsdom.setup(global, options))
    await kept.madeOnce
    return { teardown() {} }
  },
}
