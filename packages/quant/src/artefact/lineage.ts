import { SafetensorsError } from '@tlc/nn'
import type { Lineage } from './artefact.ts'

/** How an entry of the lineage is told from text that is none. */
const entries: { readonly [K in keyof Required<Lineage>]: { readonly expected: string; fits(text: string): boolean } } =
  {
    recipe: { expected: 'JSON', fits: (text) => parseJson(text) !== undefined },
    parent: { expected: 'a SHA-256 in 64 lower-case hexadecimal digits', fits: (text) => /^[0-9a-f]{64}$/.test(text) },
    metrics: { expected: 'an object of finite numbers in JSON', fits: (text) => isMetrics(parseJson(text)) },
    config: { expected: 'JSON', fits: (text) => parseJson(text) !== undefined },
  }

const names = Object.keys(entries) as (keyof Lineage)[]

/**
 * The lineage as entries of a file's metadata.
 *
 * @throws RangeError naming the entry that is not what it should be
 */
export function writeLineage(lineage: Lineage): Map<string, string> {
  const written = new Map<string, string>()
  for (const name of names) {
    const value = lineage[name]
    if (value === undefined) continue
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    if (!entries[name].fits(text)) {
      throw new RangeError(`artefact: ${name} is '${text.slice(0, 100)}', expected ${entries[name].expected}`)
    }
    written.set(name, text)
  }
  return written
}

/**
 * The inverse of `writeLineage`; other entries are left alone.
 *
 * @throws SafetensorsError naming the entry that is not what it should be
 */
export function readLineage(metadata: ReadonlyMap<string, string>): Lineage {
  const lineage: { [name: string]: unknown } = {}
  for (const name of names) {
    const text = metadata.get(name)
    if (text === undefined) continue
    if (!entries[name].fits(text)) {
      throw new SafetensorsError(`artefact: ${name} is '${text.slice(0, 100)}', expected ${entries[name].expected}`)
    }
    lineage[name] = name === 'metrics' ? JSON.parse(text) : text
  }
  return lineage
}

/** Whether metadata of this name belong to the lineage. */
export function isLineage(name: string): boolean {
  return Object.hasOwn(entries, name)
}

/** undefined if it is not JSON */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isMetrics(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(Number.isFinite)
  )
}
