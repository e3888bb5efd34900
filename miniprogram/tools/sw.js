// The service worker of the H5 page: its files are kept on the phone, what people write and read is not.
const BUILD = 'BUILD'
const FILES = ['FILES']

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(BUILD)
      .then((cache) => cache.addAll(FILES))
      .then(() => self.skipWaiting()),
  )
})

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== BUILD).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  )
})

// Only this page's own files: the API, and /q/ which counts scans, always go to the server.
self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url)
  const scope = new URL(self.registration.scope)
  if (event.request.method !== 'GET' || url.origin !== scope.origin || !url.pathname.startsWith(scope.pathname)) return
  const page = event.request.mode === 'navigate'
  const wanted = page ? new URL('index.html', scope).href : event.request
  const kept = () => caches.match(wanted, { ignoreSearch: true })
  // A page is fetched fresh where there is a line, so that nobody stays on an old build; files carry their hash.
  event.respondWith(
    page
      ? fetch(event.request).catch(async () => (await kept()) ?? Response.error())
      : kept().then((found) => found ?? fetch(event.request)),
  )
})
