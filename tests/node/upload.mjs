// The unmodified tus-js-client: node upload.mjs ENDPOINT FILE TICKET PARALLEL; prints the address of what it uploaded.
import { createReadStream, statSync } from 'node:fs'
import { Upload } from 'tus-js-client'

const [endpoint, file, ticket, parallel] = process.argv.slice(2)
const parallelUploads = Number(parallel)
const upload = new Upload(createReadStream(file), {
  endpoint,
  parallelUploads,
  uploadSize: parallelUploads > 1 ? null : statSync(file).size,
  chunkSize: parallelUploads > 1 ? Infinity : 1_000_000,
  retryDelays: [0, 100, 100, 100, 500, 500, 1000, 1000],
  headers: { 'Upload-Ticket': ticket },
  metadata: { filename: '现场.mp4', filetype: 'video/mp4' },
  onError(error) {
    console.error(String(error))
    process.exitCode = 1
  },
  onSuccess() {
    console.log(upload.url)
  },
})
upload.start()
