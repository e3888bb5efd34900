// Large files wait for Wi-Fi where the phone knows that it has none, unless somebody says otherwise.
import { ref } from 'vue'
import { keep, kept } from '@/kept/store'
import type { Upload } from './list'

export const LARGE = 20 * 1024 * 1024 // bytes
const NAME = 'wifi-only'
export const wifiOnly = ref<boolean>(kept(NAME, true))

export function setWifiOnly(only: boolean): void {
  wifiOnly.value = only
  keep(NAME, only)
}

/** Whether this file has to wait as the phone is connected now. */
export const mustWait = async (item: Upload) => item.bytes > LARGE && wifiOnly.value && !item.anyway && (await metered())

/** Whether the line is one that is paid by what goes over it, as far as the phone tells. */
async function metered(): Promise<boolean> {
  // A browser's uni.getNetworkType gives the speed where there is no type: "4g" on a cable. So it is asked directly.
  // #ifdef H5
  return (navigator as { connection?: { type?: string } }).connection?.type === 'cellular'
  // #endif
  // #ifndef H5
  return new Promise((resolve) =>
    uni.getNetworkType({
      success: ({ networkType }) => resolve(/^[2-5]g$/.test(networkType)),
      fail: () => resolve(false),
    }),
  )
  // #endif
}
