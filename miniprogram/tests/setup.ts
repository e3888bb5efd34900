// A stand-in for `uni`: storage that is emptied for each test, and a network whose answers the test gives.
import { disableAutoUnmount } from '@vue/test-utils'
import { beforeEach, vi } from 'vitest'
import { getCurrentInstance } from 'vue'

// uni's hooks need uni's own Vue; here they are kept on the page, for a test to call: page.vm.$.onLoad.
vi.mock('@dcloudio/uni-app', () => {
  const hook = (name: string) => (called: unknown) => {
    const page = getCurrentInstance() as unknown as Record<string, unknown[]>
    page[name] = [...(page[name] ?? []), called]
  }
  const names = ['onLoad', 'onShow', 'onHide', 'onUnload', 'onReady', 'onPullDownRefresh', 'onReachBottom', 'onLaunch']
  return Object.fromEntries(names.map((name) => [name, hook(name)]))
})

const storage = new Map<string, unknown>()
const stub = {
  getStorageSync: (name: string) => storage.get(name) ?? '',
  setStorageSync: (name: string, value: unknown) => void storage.set(name, value),
  removeStorageSync: (name: string) => void storage.delete(name),
  getStorageInfoSync: () => ({ keys: [...storage.keys()] }),
  getLocale: () => 'zh-Hans',
  getNetworkType: vi.fn(),
  onNetworkStatusChange: vi.fn(),
  request: vi.fn(),
  arrayBufferToBase64: (bytes: ArrayBuffer) => btoa(String.fromCharCode(...new Uint8Array(bytes))),
  getFileSystemManager: vi.fn(),
  createInnerAudioContext: vi.fn(),
  navigateTo: vi.fn(),
  navigateBack: vi.fn(),
  redirectTo: vi.fn(),
  reLaunch: vi.fn(),
  showModal: vi.fn(),
  showToast: vi.fn(),
  pageScrollTo: vi.fn(),
  setNavigationBarTitle: vi.fn(),
  stopPullDownRefresh: vi.fn(),
  getSystemInfoSync: () => ({ windowWidth: 390, windowHeight: 844 }),
}
Object.assign(globalThis, { uni: stub, getCurrentPages: () => [] })

// All files share one process and one page: each begins with modules of its own, and takes off what it mounts if it says so.
vi.resetModules()
disableAutoUnmount()
beforeEach(() => {
  storage.clear()
  vi.clearAllMocks()
})
