/**
 * Bundles every entry point that a browser may load, minified, and compares its gzipped size with `size-budget.json`.
 *
 * The budget has one row for each path in the `exports` of each package: a number of bytes, or `"node"` for what is not
 * meant for browsers. A bundle over budget, a missing or superfluous row, and a Node module that a browser would have to
 * load at start (`node:fs` imported statically) fail.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import type { OutputChunk as Chunk } from 'rolldown'
import { bundle } from './bundle.ts'

type Budget = Readonly<Record<string, number | 'node'>>

const readJson = (file: string) => JSON.parse(readFileSync(file, 'utf8'))

const entryPoints = readdirSync('packages').flatMap((folder): string[] => {
  const { name, exports } = readJson(`packages/${folder}/package.json`)
  return Object.keys(exports)
    .filter((path) => path !== './package.json')
    .map((path) => name + path.slice(1))
})

/** All that an entry point exports, and the most that a browser loads of it. */
async function measure(entryPoint: string): Promise<{ readonly bytes: number; readonly builtins: readonly string[] }> {
  const chunks = await bundle(`export * from '${entryPoint}'`, { platform: 'browser' })
  const entry = chunks.find(({ isEntry }) => isEntry)!
  return {
    bytes: mostLoaded(entry.fileName, new Map(chunks.map((chunk) => [chunk.fileName, chunk]))),
    builtins: chunks.flatMap(({ imports }) => imports.filter((name) => name.startsWith('node:'))),
  }
}

/** A chunk, what it imports, and the largest of what it may import later: those are alternatives, like backends. */
function mostLoaded(file: string, chunks: Map<string, Chunk>): number {
  const chunk = chunks.get(file)
  if (!chunk) return 0
  chunks.delete(file) // loaded once
  const own = gzipSync(chunk.code, { level: 9 }).length
  const now = chunk.imports.reduce((sum, name) => sum + mostLoaded(name, chunks), 0)
  const later = chunk.dynamicImports.map((name) => mostLoaded(name, new Map(chunks)))
  return own + now + Math.max(0, ...later)
}

/** What is wrong with one entry point, or nothing. */
async function problem(entryPoint: string, allowed: Budget[string] | undefined): Promise<string | undefined> {
  if (allowed === 'node') return
  const { bytes, builtins } = await measure(entryPoint)
  console.log(`${entryPoint.padEnd(28)}${String(bytes).padStart(8)} of ${allowed ?? '?'} bytes`)
  if (builtins.length) return `${entryPoint} imports ${builtins.join(', ')}: import it dynamically where it is needed`
  if (allowed === undefined) return `${entryPoint} has no row in size-budget.json: add its bytes, or "node"`
  if (bytes > allowed)
    return `${entryPoint} has ${bytes} bytes, its budget is ${allowed}: make it smaller, or raise the budget and say why`
}

const budget: Budget = readJson('size-budget.json')
const problems = Object.keys(budget)
  .filter((name) => !entryPoints.includes(name))
  .map((name) => `size-budget.json has a row ${name}, which no package exports: remove it`)
for (const entryPoint of entryPoints) {
  const found = await problem(entryPoint, budget[entryPoint])
  if (found) problems.push(found)
}
for (const text of problems) console.error(text)
process.exitCode = problems.length ? 1 : 0
