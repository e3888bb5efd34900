import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import uniPlugin from '@dcloudio/vite-plugin-uni'
import { defineConfig, type Plugin } from 'vite'

// The plugin is published as CommonJS: under "type": "module" the callable is on .default.
const uni = ((uniPlugin as any).default ?? uniPlugin) as typeof uniPlugin
const MINI = process.env.UNI_PLATFORM?.startsWith('mp-')

const filesUnder = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesUnder(join(folder, entry.name)) : [join(folder, entry.name)],
  )

const output = () => process.env.UNI_OUTPUT_DIR ?? resolve('dist/build/h5')

/** Nothing is asked of a third party: wot's icon font and uni's header shadow come from CDNs otherwise. */
function noThirdParty(): Plugin {
  const remote = /@font-face\{font-family:wd-icons;src:url\("?https:\/\/at\.alicdn\.com[^}]*\}/g
  const path = resolve('node_modules/wot-design-uni/components/wd-icon/wd-icons.ttf')
  // WXSS takes a font only as base64 or from the network.
  const own = `@font-face{font-family:wd-icons;src:url(data:font/ttf;base64,${readFileSync(path).toString('base64')}) format("truetype")}`
  const shadow = /https:\/\/cdn\.dcloud\.net\.cn\/img\/shadow-\w+\.png/g
  return {
    name: 'no-third-party',
    apply: 'build',
    enforce: 'post',
    closeBundle() {
      if (!existsSync(output())) return
      for (const file of filesUnder(output()).filter((name) => /\.(wxss|css|js)$/.test(name))) {
        const before = readFileSync(file, 'utf8')
        const after = before
          .replace(remote, MINI ? own : '')
          .replace(shadow, 'data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==')
        if (after !== before) writeFileSync(file, after)
      }
    },
  }
}

/** What the first page needs is asked for with the first file, not when that has been read: on a thin line it tells. */
function firstPageAtOnce(): Plugin {
  const wanted = new Set<string>()
  return {
    name: 'first-page-at-once',
    apply: 'build',
    generateBundle(_options, bundle) {
      const follow = (file: string) => {
        const chunk = bundle[file]
        if (chunk?.type !== 'chunk' || chunk.isEntry || wanted.has(file)) return
        wanted.add(file)
        for (const style of chunk.viteMetadata?.importedCss ?? []) wanted.add(style)
        chunk.imports.forEach(follow)
      }
      Object.keys(bundle).filter((file) => file.startsWith('assets/pages-home-index.')).forEach(follow)
    },
    closeBundle() {
      const page = join(output(), 'index.html')
      if (MINI || !existsSync(page)) return
      const links = [...wanted].sort().map((file) =>
        file.endsWith('.css')
          ? `<link rel="stylesheet" crossorigin href="./${file}">`
          : `<link rel="modulepreload" crossorigin href="./${file}">`,
      )
      writeFileSync(page, readFileSync(page, 'utf8').replace('</head>', `  ${links.join('\n    ')}\n  </head>`))
    },
  }
}

/** H5 works without a line: a service worker that keeps every file of this build, by the build's hash. */
function offline(): Plugin {
  return {
    name: 'offline',
    apply: 'build',
    enforce: 'post',
    closeBundle() {
      if (MINI || !existsSync(output())) return
      const files = filesUnder(output()).filter((file) => !/(\.map|\.gz|sw\.js)$/.test(file)).sort()
      const hash = createHash('sha256')
      for (const file of files) hash.update(readFileSync(file))
      const worker = readFileSync(resolve('tools/sw.js'), 'utf8')
        .replace("'BUILD'", JSON.stringify(hash.digest('hex').slice(0, 16)))
        .replace("['FILES']", JSON.stringify(files.map((file) => relative(output(), file))))
      writeFileSync(join(output(), 'sw.js'), worker)
    },
  }
}

export default defineConfig({
  base: './',
  plugins: [uni(), noThirdParty(), firstPageAtOnce(), offline()],
  // Messages are read without eval, which neither our CSP nor the mini-program allows.
  define: { __INTLIFY_JIT_COMPILATION__: true },
  server: { proxy: { '/api': process.env.API_PROXY ?? 'http://127.0.0.1:8080' } },
})
