import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { UserError } from '../../user-error.ts'
import { unwritable, writeWhole } from '../cache.ts'
import { ddtp } from './ddtp-en-fr.ts'
import { libreofficeHelp } from './libreoffice-help-en-fr.ts'
import type { Kitchen, Recipe, TextPair } from './recipe.ts'

/** The data sets that `tlc data prepare` makes, by name. */
export const recipes: Readonly<Record<string, Recipe>> = {
  'ddtp-en-fr': ddtp,
  'libreoffice-help-en-fr': libreofficeHelp,
}

/** What a recipe has made. */
export interface Prepared {
  /** of a .tsv file, source<TAB>target */
  readonly path: string
  readonly pairs: number
  /** untranslated, or with no letter on one side, or seen before */
  readonly dropped: number
  /** what it was made of */
  readonly origins: readonly string[]
}

export interface PrepareOptions {
  readonly cacheDirectory: string
  readonly onProgress?: (remark: string) => void
  readonly signal?: AbortSignal | undefined
}

const folderName = 'prepared'

/** Where a recipe's data set is once it is made. */
export function preparedPath(name: string, cacheDirectory: string): string {
  return join(cacheDirectory, folderName, `${name}.tsv`)
}

/**
 * Makes the data set of a recipe, also if it is there: `NAME.tsv`, and `NAME.json` that says what it was made of. If it is
 * interrupted, nothing new is left.
 *
 * @throws UserError if there is no such recipe, and where its tools or the network are missing
 */
export async function prepare(name: string, options: PrepareOptions): Promise<Prepared> {
  const { cacheDirectory, onProgress = () => undefined, signal } = options
  const recipe = Object.hasOwn(recipes, name) ? recipes[name] : undefined
  if (recipe === undefined)
    throw new UserError(`no recipe is called ${name}; expected one of ${Object.keys(recipes).join(', ')}`)
  const folder = await makeFolder(join(cacheDirectory, folderName))
  try {
    const path = preparedPath(name, cacheDirectory)
    const facts = await cook(recipe, { folder, onProgress, signal }, join(folder, 'pairs.tsv'))
    await rename(join(folder, 'pairs.tsv'), path)
    const { description, licence } = recipe
    const provenance = { name, description, licence, made: new Date().toISOString(), ...facts }
    await writeWhole(path.replace(/\.tsv$/, '.json'), `${JSON.stringify(provenance, undefined, 2)}\n`)
    return { path, ...facts }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function makeFolder(directory: string): Promise<string> {
  try {
    await mkdir(directory, { recursive: true })
    return await mkdtemp(join(directory, 'preparing-'))
  } catch (error) {
    throw unwritable(directory, error)
  }
}

async function cook(recipe: Recipe, kitchen: Kitchen, path: string): Promise<Omit<Prepared, 'path'>> {
  const origins: string[] = []
  const counts = { pairs: 0, dropped: 0 }
  const seen = new Set<string>()
  async function* lines(): AsyncGenerator<string> {
    yield 'source\ttarget\n'
    for await (const { source, target } of recipe.pairs(kitchen, (origin) => origins.push(origin))) {
      const line = `${oneLine(source)}\t${oneLine(target)}\n`
      if (isTranslation({ source, target }) && !seen.has(line)) {
        seen.add(line)
        counts.pairs++
        yield line
      } else counts.dropped++
    }
  }
  await pipeline(Readable.from(lines()), createWriteStream(path), { signal: kitchen.signal })
  return { ...counts, origins }
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

function isTranslation({ source, target }: TextPair): boolean {
  return source !== target && /\p{L}/u.test(source) && /\p{L}/u.test(target)
}
