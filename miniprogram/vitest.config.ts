import { resolve } from 'node:path'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

// The sources run with the plain Vue compiler: uni's tags are left as they are, `uni` is a stand-in (tests/setup.ts),
// and what is meant for one platform only is taken as for H5.
const platform = {
  name: 'platform-h5',
  enforce: 'pre' as const,
  transform(code: string, id: string) {
    if (!/\.(ts|vue)(\?|$)/.test(id) || id.includes('node_modules')) return
    const open: boolean[] = []
    const lines = code.split('\n').map((line) => {
      const mark = /(?:\/\/|\/\*|<!--)\s*#(ifdef|ifndef|endif)\s*([\w\s|-]*?)\s*(?:\*\/|-->)?\s*$/.exec(line)
      if (!mark) return open.every(Boolean) ? line : ''
      const h5 = mark[2]!.split('||').some((name) => ['H5', 'WEB'].includes(name.trim()))
      if (mark[1] === 'endif') open.pop()
      else open.push(mark[1] === 'ifdef' ? h5 : !h5)
      return ''
    })
    return { code: lines.join('\n'), map: null }
  },
}
const TAGS = ['view', 'text', 'image', 'scroll-view', 'input', 'textarea', 'picker', 'canvas', 'button', 'swiper', 'swiper-item']

export default defineConfig({
  plugins: [platform, vue({ template: { compilerOptions: { isCustomElement: (tag) => TAGS.includes(tag) } } })],
  resolve: { alias: { '@': resolve('src') } },
  test: {
    environment: './tests/dom.ts',
    pool: 'threads',
    poolOptions: { threads: { singleThread: true, isolate: false } }, // a thread for each file takes longer than its tests
    testTimeout: 60_000, // on a busy machine
    setupFiles: ['tests/setup.ts'],
    include: ['tests/**/*.spec.ts'],
    server: { deps: { inline: ['wot-design-uni', '@dcloudio/uni-app'] } },
  },
})
