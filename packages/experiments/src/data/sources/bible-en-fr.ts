import type { Item } from '../readers/items.ts'
import { englishVersions, readVersions, type Verses } from './bible.ts'

/** Changes when other pairs would be made than before. */
export const bibleTranslationFormat = 1

/** Every French verse with each English version of it; all of a verse are one group. The versions are read once. */
export function bibleTranslations(tarball: Uint8Array): () => AsyncIterable<Item> {
  const names = ['fr/bdc', ...englishVersions.map((version) => `en/${version}`)]
  let versions: Promise<readonly Verses[]> | undefined
  return async function* () {
    versions ??= readVersions(tarball, names)
    const [french = new Map<string, string>(), ...english] = await versions
    for (const [id, target] of french) {
      for (const version of english) {
        const source = version.get(id)
        if (source !== undefined) yield { texts: [source, target], group: id }
      }
    }
  }
}
