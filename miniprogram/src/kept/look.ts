// How the pages look to this person: size of text, language.
import { computed, ref, watchEffect } from 'vue'
import { keep, kept } from './store'

/** Sizes of text beside the standard one: 18 px to 27 px. */
export const SCALES = ['standard', 'large', 'largest'] as const
export type Scale = (typeof SCALES)[number]

export const scale = ref<Scale>(kept<Scale>('scale', systemScale()))
/** The class of every page's outermost element. */
export const scaleClass = computed(() => `page scale-${scale.value}`)

// What uni draws outside of our pages (dialogs, the day picker) takes its size from here; see App.vue.
// #ifdef H5
watchEffect(() => (document.documentElement.dataset.scale = scale.value))
// #endif

export function setScale(chosen: Scale): void {
  scale.value = chosen
  keep('scale', chosen)
}

/** What the phone's own setting asks for: WeChat tells its font size, a browser its root size; 16 is usual. */
function systemScale(): Scale {
  let size = 16
  // #ifdef MP-WEIXIN
  size = Number((uni.getSystemInfoSync() as { fontSizeSetting?: number }).fontSizeSetting ?? 16)
  // #endif
  // #ifdef H5
  size = typeof document === 'undefined' ? 16 : parseFloat(getComputedStyle(document.documentElement).fontSize)
  // #endif
  return size >= 22 ? 'largest' : size >= 19 ? 'large' : 'standard'
}
