import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { linesOf } from '../readers/lines.ts'
import { bytesOfList, openArchive } from './debian.ts'
import type { Recipe } from './recipe.ts'

/** The descriptions of Debian's packages, which volunteers translate: first line and paragraphs, each a pair. */
export const ddtp: Recipe = {
  description: "descriptions of Debian's packages, English to French, by paragraph",
  size: '52,000 pairs, 40 MB to fetch',
  licence: 'of each package (Debian Description Translation Project)',
  async *pairs(kitchen, note) {
    const archive = await openArchive(kitchen, ['en', 'fr'])
    const files = await readdir(archive.folder)
    const listsOf = (language: string): string[] =>
      files.filter((name) => name.includes(`Translation-${language}`)).sort()
    const open = (name: string): AsyncIterable<Uint8Array> => bytesOfList(join(archive.folder, name), kitchen)
    kitchen.onProgress('reading the descriptions')
    const translated = new Map<string, Description>()
    for (const name of listsOf('fr')) {
      note(name)
      for await (const description of descriptionsOf(open(name), name)) translated.set(description.hash, description)
    }
    for (const name of listsOf('en')) {
      note(name)
      for await (const { hash, paragraphs } of descriptionsOf(open(name), name)) {
        const target = translated.get(hash)
        // A translation with other paragraphs than its original has no pairs that one can be sure of.
        if (target?.paragraphs.length !== paragraphs.length) continue
        translated.delete(hash) // many packages share a description
        for (const [index, source] of paragraphs.entries()) yield { source, target: target.paragraphs[index] as string }
      }
    }
  },
}

/** A description in one language. */
interface Description {
  /** of the English text: the same in all languages */
  readonly hash: string
  readonly paragraphs: readonly string[]
}

/** The descriptions in a list: records with blank lines between them, whose paragraphs have lines with a dot between. */
export async function* descriptionsOf(list: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Description> {
  let hash = ''
  let paragraphs: string[] = []
  for await (const { text } of linesOf(list, name)) {
    const field = /^Description-(\w+): (.*)$/.exec(text)
    if (text === '') {
      if (hash !== '') yield { hash, paragraphs: joined(paragraphs) }
      hash = ''
      paragraphs = []
    } else if (field?.[1] === 'md5') hash = field[2] as string
    else if (field) paragraphs = [field[2] as string, '']
    else if (/^ \.\s*$/.test(text)) paragraphs.push('')
    else if (text.startsWith(' ') && paragraphs.length > 0) {
      // A line that is indented further is an item of a list, or a table: a paragraph by itself.
      if (/^\s+[-*+•]|^ {2}/.test(text)) paragraphs.push('')
      paragraphs[paragraphs.length - 1] += ` ${text.trim()}`
    }
  }
  if (hash !== '') yield { hash, paragraphs: joined(paragraphs) }
}

function joined(paragraphs: readonly string[]): string[] {
  return paragraphs.map((text) => text.replace(/\s+/g, ' ').trim()).filter((text) => text !== '')
}
