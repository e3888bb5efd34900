// Whether this phone has a line, as far as it knows.
import { ref } from 'vue'

export const online = ref(true)

uni.getNetworkType({ success: ({ networkType }) => (online.value = networkType !== 'none') })
uni.onNetworkStatusChange(({ isConnected }) => (online.value = isConnected))
