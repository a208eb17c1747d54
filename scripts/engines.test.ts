import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { strictDigest } from '../packages/transformer/test/strict-training.ts'
import { bundle } from './bundle.ts'

const training = fileURLToPath(new URL('../packages/transformer/test/strict-training.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'engines-'))
afterAll(() => rmSync(folder, { recursive: true }))

beforeAll(async () => {
  const program = `import { strictTraining } from '${training}'
console.log(await strictTraining(Number(process.argv[2])))`
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

test.for([1, 2])('strict training on another version of Node gives the same bits, threads: %d', (threads, { skip }) => {
  if (!otherNode) skip(`the only Node here is ${process.version}`)
  expect(run(otherNode!, 'program.js', String(threads))).toBe(strictDigest)
})
