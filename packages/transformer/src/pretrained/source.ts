import { openPath } from '#model-folder'
import type { FileSource } from './file-source.ts'
import { parseJson } from './json.ts'
import { openUrl } from './url.ts'
import { indexFile, shardFiles, weightsFile } from './weights.ts'

/**
 * Where a model is: a folder (in Node) or URL, the URL of its folder, its files by name, or the `File`s of an
 * `<input type="file" multiple>`. In a browser a string is a URL, which may be relative to the page.
 */
export type PretrainedSource = string | URL | ReadonlyMap<string, Uint8Array> | Iterable<File>

/**
 * The files of a model: `config.json`, the weights (`model.safetensors`, or `model.safetensors.index.json` and the shards
 * that it names), and, if they are there, `tokenizer.json` or else `vocab.json` and `merges.txt`.
 *
 * @throws Error if the configuration or the weights are missing, saying what there is, or a file cannot be read
 */
export function readPretrained(source: PretrainedSource): Promise<ReadonlyMap<string, Uint8Array>> {
  return reading(source, () => readFiles(open(source)))
}

/** Runs what reads a source, and says in its errors where that is. */
export async function reading<Result>(source: PretrainedSource, read: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await read()
  } catch (cause) {
    if (typeof source !== 'string' && !(source instanceof URL)) throw cause
    throw new Error(`no model can be read from ${source}: ${(cause as Error).message}`, { cause })
  }
}

async function readFiles(source: FileSource): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>()
  const take = async (name: string): Promise<Uint8Array | undefined> => {
    const file = await source.read(name)
    if (file) files.set(name, file)
    return file
  }
  const missing = async (name: string): Promise<Error> => new Error(`${name} is missing; ${await source.present()}`)
  if (!(await take('config.json'))) throw await missing('config.json')
  if (!(await take(weightsFile))) {
    const index = await take(indexFile)
    if (!index) throw await missing(weightsFile)
    for (const shard of shardFiles(parseJson(indexFile, index))) await take(shard)
  }
  if (!(await take('tokenizer.json'))) for (const name of ['vocab.json', 'merges.txt']) await take(name)
  return files
}

function open(source: PretrainedSource): FileSource {
  if (typeof source === 'string' && !/^[a-z][a-z0-9+.-]+:\/\//i.test(source)) return openPath(source)
  if (typeof source === 'string' || source instanceof URL) {
    const url = new URL(source)
    return url.protocol === 'file:' ? openPath(url) : openUrl(url)
  }
  if (source instanceof Map) return openFiles([...source.keys()], async (name) => source.get(name))
  const files = new Map([...(source as Iterable<File>)].map((file) => [file.name, file]))
  return openFiles([...files.keys()], async (name) => {
    const file = files.get(name)
    return file && new Uint8Array(await file.arrayBuffer())
  })
}

function openFiles(names: readonly string[], read: FileSource['read']): FileSource {
  return { read, present: async () => (names.length ? `given are ${names.join(', ')}` : 'no files are given') }
}
