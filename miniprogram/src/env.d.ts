/// <reference types="vite/client" />
interface ImportMetaEnv {
  /** Where the server is, for the mini-program; H5 asks its own origin. */
  readonly VITE_API_BASE?: string
}
declare module '*.vue' {
  import type { DefineComponent } from 'vue'
  const component: DefineComponent<object, object, unknown>
  export default component
}
