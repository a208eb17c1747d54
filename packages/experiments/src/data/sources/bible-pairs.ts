import { permutation } from '@tlc/nn'
import { foldIn, key } from '@tlc/tensor'
import type { Item } from '../readers/items.ts'
import { englishVersions, readVersions, type Verses } from './bible.ts'
import { drawsOf } from './draws.ts'

/** Changes when the same seed would give other pairs than before. */
export const biblePairsFormat = 1

/** Parts of the Bible that are never divided between splits. */
const parts = 100
const streams = { chapters: 0, verses: 1 } as const

/**
 * Pairs of verses in two English versions, a label each: `same`, one verse twice; `neighbour`, a verse and the next (of
 * the last one in a chapter, the one before); `unrelated`, verses of two chapters. Each verse begins one pair of each
 * label. All verses of a pair lie in one part of the Bible, a hundredth of its chapters; a part is a group, so that no
 * verse is in two splits. The versions are read once.
 */
export function biblePairs(tarball: Uint8Array, seed: number): () => AsyncIterable<Item> {
  const names = englishVersions.map((version) => `en/${version}`)
  let versions: Promise<readonly Verses[]> | undefined
  return async function* () {
    versions ??= readVersions(tarball, names)
    yield* pairsIn(await versions, seed)
  }
}

function* pairsIn(versions: readonly Verses[], seed: number): Generator<Item> {
  const chapters = chaptersOf(versions)
  const order = permutation(foldIn(key(seed), streams.chapters), chapters.length)
  for (let part = 0; part < parts; part++) {
    const chosen = Array.from(
      order.filter((_, place) => place % parts === part),
      (chapter) => chapters[chapter] as Chapter,
    )
    for (const [number, chapter] of chosen.entries()) {
      const others = chosen.filter((_, other) => other !== number).flat()
      for (const verse of chapter.keys()) yield* pairsOf(chapter, verse, others, versions, seed, `part ${part}`)
    }
  }
}

/** Names of verses, and their numbers in the Bible. */
type Chapter = readonly { readonly id: string; readonly number: number }[]

/** The verses that all versions have, by chapter; a chapter of one verse has no neighbours and is left out. */
function chaptersOf(versions: readonly Verses[]): Chapter[] {
  const chapters = new Map<string, { id: string; number: number }[]>()
  let number = 0
  for (const id of versions[0]?.keys() ?? []) {
    if (!versions.every((version) => version.has(id))) continue
    const name = id.slice(0, id.lastIndexOf('.'))
    const chapter = chapters.get(name) ?? []
    chapters.set(name, chapter)
    chapter.push({ id, number: number++ })
  }
  return [...chapters.values()].filter((chapter) => chapter.length > 1)
}

/** One pair of each label that begins with a verse, in two versions that the verse's number draws. */
function* pairsOf(
  chapter: Chapter,
  index: number,
  others: Chapter,
  versions: readonly Verses[],
  seed: number,
  group: string,
): Generator<Item> {
  const verse = chapter[index] as Chapter[number]
  const stream = foldIn(foldIn(key(seed), streams.verses), verse.number)
  const draw = drawsOf(stream)
  const partners = {
    same: verse,
    neighbour: (chapter[index + 1] ?? chapter[index - 1]) as Chapter[number],
    unrelated: others[Math.floor(draw() * others.length)] as Chapter[number],
  }
  for (const [number, [label, partner]] of Object.entries(partners).entries()) {
    const [first, second] = permutation(foldIn(stream, number), versions.length)
    const text = (version: number | undefined, id: string): string => versions[version as number]?.get(id) as string
    yield { texts: [text(first, verse.id), text(second, partner.id)], label, group }
  }
}
