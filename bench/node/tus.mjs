// @tus/server with its file store, as its documentation begins: node tus.mjs PORT FOLDER
import { createServer } from 'node:http'
import { Server } from '@tus/server'
import { FileStore } from '@tus/file-store'

const [port, directory] = process.argv.slice(2)
const tus = new Server({ path: '/files', datastore: new FileStore({ directory }) })
createServer((request, response) => {
  if (request.url === '/healthz') {
    response.end('ok')
    return
  }
  tus.handle(request, response)
}).listen(Number(port), '127.0.0.1')
