// Ways around: back to where one came from, and asking before what can't be undone.
import { t } from '@/locale'

/** Back to the page before, or home where there is none (a QR code led straight here). */
export function goBack(): void {
  if (getCurrentPages().length > 1) uni.navigateBack()
  else uni.reLaunch({ url: '/pages/home/index' })
}

/** Ask in a dialog; true only if the answer was yes. */
export function confirmed(content: string, title = ''): Promise<boolean> {
  return new Promise((resolve) =>
    uni.showModal({
      title,
      content,
      confirmText: t('page.confirm'),
      cancelText: t('page.cancel'),
      success: ({ confirm }) => resolve(confirm),
      fail: () => resolve(false),
    }),
  )
}
