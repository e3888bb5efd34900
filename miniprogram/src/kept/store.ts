// What stays on this phone and nowhere else: values by name, as JSON.
const PREFIX = 'yijian:'

/** What is kept under a name, or what to take instead. */
export function kept<T>(name: string, otherwise: T): T {
  try {
    const found = uni.getStorageSync(PREFIX + name)
    return found === '' || found === undefined ? otherwise : (JSON.parse(found) as T)
  } catch {
    return otherwise // storage is off or full of somebody else's: the page works without
  }
}

/** Keep a value; false if this phone refuses (private browsing, no room). */
export function keep(name: string, value: unknown): boolean {
  try {
    uni.setStorageSync(PREFIX + name, JSON.stringify(value))
    return true
  } catch {
    return false
  }
}

/** Keep nothing under a name any more. */
export function forget(name: string): void {
  try {
    uni.removeStorageSync(PREFIX + name)
  } catch {
    // nothing was kept
  }
}

/** The names of all that is kept. */
export function names(): string[] {
  try {
    const { keys } = uni.getStorageInfoSync()
    return keys.filter((key) => key.startsWith(PREFIX)).map((key) => key.slice(PREFIX.length))
  } catch {
    return []
  }
}

/** Keep nothing any more under names that begin so. */
export function forgetAll(beginning: string): void {
  try {
    for (const name of uni.getStorageInfoSync().keys) {
      if (name.startsWith(PREFIX + beginning)) uni.removeStorageSync(name)
    }
  } catch {
    // nothing was kept
  }
}
