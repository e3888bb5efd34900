// The static gate of a built mini-program, as no WeChat client runs here: every WXML compiles with WeChat's own
// glass-easel compiler, every JSON and JS parses, every page and component named exists, every package is small enough.
// Usage: node check-mp.mjs <folder>; prints the packages' sizes and exits with 1 when something is wrong.
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import vm from 'node:vm'

const PACKAGE_LIMIT = 2 * 1024 * 1024 // bytes, WeChat's for the main package and each of the others
const { TmplGroup } = createRequire(import.meta.url)('glass-easel-template-compiler')
const root = path.resolve(process.argv[2])
const faults = []

const filesUnder = (folder) =>
  fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const full = path.join(folder, entry.name)
    return entry.isDirectory() ? filesUnder(full) : [full]
  })

const compiled = TmplGroup.newDev()
function checkTemplate(name, text) {
  for (const warning of compiled.addTmpl(name.replace(/\.wxml$/, ''), text)) {
    if (warning.isError === true || warning.level >= 3) faults.push(`${name}:${warning.startLine} ${warning.message}`)
  }
}

function checkConfiguration(name, text) {
  const content = JSON.parse(text)
  for (const page of content.pages ?? []) exists(name, path.join(root, page))
  for (const part of content.subPackages ?? content.subpackages ?? []) {
    for (const page of part.pages) exists(name, path.join(root, part.root, page))
  }
  for (const component of Object.values(content.usingComponents ?? {})) {
    const from = component.startsWith('/') ? root : path.dirname(path.join(root, name))
    exists(name, path.join(from, component))
  }
}

function exists(named, place) {
  if (!fs.existsSync(`${place}.wxml`)) faults.push(`${named}: ${path.relative(root, place)} does not exist`)
}

const CHECKS = {
  '.wxml': checkTemplate,
  '.json': checkConfiguration,
  '.js': (name, text) => new vm.Script(text, { filename: name }),
}

const application = JSON.parse(fs.readFileSync(path.join(root, 'app.json'), 'utf8'))
const roots = (application.subPackages ?? application.subpackages ?? []).map((part) => part.root.replace(/\/?$/, '/'))
const sizes = Object.fromEntries([['main', 0], ...roots.map((part) => [part, 0])])
for (const file of filesUnder(root)) {
  const name = path.relative(root, file)
  const text = fs.readFileSync(file, 'utf8')
  sizes[roots.find((part) => name.startsWith(part)) ?? 'main'] += fs.statSync(file).size
  try {
    CHECKS[path.extname(file)]?.(name, text)
  } catch (error) {
    faults.push(`${name}: ${error.message}`)
  }
}
for (const [part, bytes] of Object.entries(sizes)) {
  if (bytes >= PACKAGE_LIMIT) faults.push(`${part}: ${bytes} bytes, WeChat takes less than ${PACKAGE_LIMIT}`)
}
console.log(JSON.stringify({ sizes, faults }, null, 2))
process.exit(faults.length ? 1 : 0)
