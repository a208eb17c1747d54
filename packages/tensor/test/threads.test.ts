import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { LifetimeError, openBackend, tensor } from '../src/index.ts'

/** Runs a program with the built package in a process of its own; what it printed. It fails after 20 seconds. */
async function run(program: string): Promise<string> {
  const built = JSON.stringify(new URL('../dist/index.js', import.meta.url).href)
  const code = `import { openBackend, tensor } from ${built}
const backend = await openBackend('wasm', { threads: 2 })
const x = tensor(new Float32Array(1000000).fill(2), { backend })
const y = x.neg()
${program}`
  const args = ['--input-type=module', '--eval', code]
  const cwd = fileURLToPath(new URL('..', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd, timeout: 20_000 })
  return stdout
}

test('a process with open backends ends by itself', async () => {
  expect(await run('console.log((await y.data())[999999])')).toBe('-2\n')
})

test('a process may end in the middle', async () => {
  expect(await run('setTimeout(() => process.exit()); for (let i = 0; i < 100; i++) x.neg().dispose()')).toBe('')
})

test('threads without work take no core', async () => {
  // A thread that span would have taken the whole second.
  const idle = `await new Promise((resolve) => setTimeout(resolve, 100))
const before = process.cpuUsage()
await new Promise((resolve) => setTimeout(resolve, 1000))
const { user, system } = process.cpuUsage(before)
console.log((user + system) / 1e6)`
  expect(Number(await run(idle))).toBeLessThan(0.3)
})

test('backends may be open side by side, and be closed in any order, also twice', async () => {
  const backends = await Promise.all([2, 1, 3].map((threads) => openBackend('wasm', { threads })))
  const results = backends.map((backend) => tensor(new Float32Array(300_000).fill(1), { backend }).neg())
  for (const result of results) expect((await result.data()).every((value) => value === -1)).toBe(true)
  await backends[1]!.close()
  await Promise.all([backends[2]!.close(), backends[2]!.close()])
  expect(() => results[2]!.neg()).toThrow(LifetimeError)
  expect((await results[0]!.neg().data())[0]).toBe(1)
  await backends[0]!.close()
  await backends[0]!.close()
})

test('what is downloaded is not shared', async () => {
  const backend = await openBackend('wasm', { threads: 2 })
  const data = await tensor([1, 2], { backend }).data()
  expect(data.buffer).toBeInstanceOf(ArrayBuffer)
  await backend.close()
})
