import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openArchive, unpackPackages } from './debian.ts'
import type { Recipe } from './recipe.ts'

const help = ['usr', 'share', 'libreoffice', 'help']

/** The help pages of LibreOffice: paragraphs and headings have the same ids in all languages. */
export const libreofficeHelp: Recipe = {
  description: 'help pages of LibreOffice, English to French, by paragraph',
  size: '32,000 pairs, 25 MB to fetch',
  licence: 'MPL-2.0',
  async *pairs(kitchen, note) {
    const archive = await openArchive(kitchen, [])
    const { root, packages } = await unpackPackages(['libreoffice-help-en-us', 'libreoffice-help-fr'], archive, kitchen)
    packages.forEach(note)
    kitchen.onProgress('reading the pages')
    const folderOf = (language: string): string => join(root, ...help, language)
    for (const page of await pagesIn(folderOf('en-US'))) {
      const french = await readFile(join(folderOf('fr'), page), 'utf8').catch(() => '')
      const targets = paragraphsOf(french)
      for (const [id, source] of paragraphsOf(await readFile(join(folderOf('en-US'), page), 'utf8'))) {
        const target = targets.get(id)
        if (target !== undefined) yield { source, target }
      }
    }
  },
}

async function pagesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true })
  return names.filter((name) => name.endsWith('.html')).sort()
}

/** The text of each paragraph and heading that has an id; those with parts for one system or another are left out. */
export function paragraphsOf(html: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const [, , id, inner] of html.matchAll(/<(p|h\d) id="((?:par|hd)_id[^"]*)"[^>]*>(.*?)<\/\1>/gs)) {
    const text = textOf(inner as string)
    if (text !== '' && !inner?.includes('hidden="true"')) found.set(id as string, text)
  }
  return found
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: '\u00a0', apos: "'" }

function textOf(html: string): string {
  return html
    .replace(/<[^>]*>/g, '')
    .replace(/&(\w+);/g, (whole, name: string) => entities[name] ?? whole)
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replace(/[ \t\r\n]+/g, ' ')
    .trim()
}
