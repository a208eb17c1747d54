import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectedDigests } from '../packages/experiments/test/recipes.ts'
import { strictDigest } from '../packages/transformer/test/strict-training.ts'
import { bundle } from './bundle.ts'

const sourceOf = (path: string): string => fileURLToPath(new URL(`../packages/${path}`, import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'engines-'))
afterAll(() => rmSync(folder, { recursive: true }))

beforeAll(async () => {
  const program = `import { strictTraining } from '${sourceOf('transformer/test/strict-training.ts')}'
import { strictDigests } from '${sourceOf('experiments/test/recipe-files.ts')}'
const [what, threads] = process.argv.slice(2)
const work = { training: strictTraining, recipes: strictDigests }[what]
console.log(JSON.stringify(await work(Number(threads))))`
  const chunks = await bundle(program, { platform: 'node', conditions: ['@tlc/source'] })
  for (const { fileName, code } of chunks) writeFileSync(join(folder, fileName), code)
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
})

function run(node: string, ...options: string[]): string {
  const { stdout, stderr, error } = spawnSync(node, options, { cwd: folder, encoding: 'utf8', timeout: 50_000 })
  return stdout.trim() || stderr || String(error)
}

const major = (version: string): number => Number(/^v?(\d+)/.exec(version)?.[1])

/** The Node of this machine, if it is another version than that of npm scripts, and one that packages are published for. */
const otherNode = process.env
  .PATH!.split(delimiter)
  .filter((path) => !path.includes('node_modules'))
  .map((path) => join(path, 'node'))
  .filter(existsSync)
  .find((node) => {
    const its = major(run(node, '--version'))
    return its >= 20 && its !== major(process.version)
  })

const work = [
  ['training', strictDigest],
  ['recipes', expectedDigests],
] as const

describe.for(work)('strict %s on another version of Node', ([what, expected]) => {
  test.for([1, 2])('gives the same bits, threads: %d', (threads, { skip }) => {
    if (!otherNode) skip(`the only Node here is ${process.version}`)
    expect(run(otherNode!, 'program.js', what, String(threads))).toBe(JSON.stringify(expected))
  })
})
