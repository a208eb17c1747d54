import { expect, test } from 'vitest'
import { caseNamed } from '../plan.ts'
import type { Answer, Order } from './messages.ts'
import { SubjectProcess } from './subject-process.ts'

const product = 'matmul [64, 64] · [64, 64] NT'
const wasm = { kind: 'wasm', threads: 1 } as const

/** The answer, which has to be of a kind. */
async function ask<K extends Answer['kind']>(
  process: SubjectProcess,
  order: Order,
  kind: K,
): Promise<Extract<Answer, { kind: K }>> {
  const answer = await process.ask(order)
  expect(answer).toMatchObject({ kind })
  return answer as Extract<Answer, { kind: K }>
}

test('a process says what it is, computes what others can check, takes samples and ends', async () => {
  using process = new SubjectProcess(wasm)
  const description = await process.description()
  expect(description).toMatchObject({ threads: 1, node: globalThis.process.version })
  expect(description.build).toMatch(/^(relaxed|simd)/)
  const { results, seconds } = await ask(process, { kind: 'prepare', quick: true, name: product }, 'prepared')
  const { error, tolerance } = (await caseNamed(product, true, wasm).verifier())(results)
  expect(error).toBeLessThanOrEqual(tolerance)
  expect(seconds).toBeGreaterThan(0)
  const sample = { kind: 'sample', name: product, patience: { samples: 3, seconds: 0.01 } } as const
  expect((await ask(process, sample, 'sampled')).seconds.length).toBeGreaterThanOrEqual(3)
  const { facts, residentBytes } = await ask(process, { kind: 'finish' }, 'finished')
  expect(facts).toBeNull()
  expect(residentBytes).toBeGreaterThan(1e6)
})

test('a failure is an answer, after which others can be asked', async () => {
  using process = new SubjectProcess(wasm)
  await process.description()
  const unknown = await ask(process, { kind: 'prepare', quick: true, name: 'matmul of nothing' }, 'failed')
  expect(unknown.message).toMatch(/there is no case matmul of nothing/)
  await ask(process, { kind: 'prepare', quick: true, name: product }, 'prepared')
})

test('a process that has ended answers with a failure at once', async () => {
  const process = new SubjectProcess(wasm)
  await process.description()
  const interrupted = process.ask({ kind: 'sample', name: product, patience: { samples: 1, seconds: 60 } })
  process[Symbol.dispose]()
  expect(await interrupted).toMatchObject({ kind: 'failed' })
  expect(await process.ask({ kind: 'finish' })).toEqual({ kind: 'failed', message: 'its process was ended' })
})

test('what cannot be opened or started is told with its reason', async () => {
  using withoutThreads = new SubjectProcess({ kind: 'wasm', threads: 0 })
  await expect(withoutThreads.description()).rejects.toThrow(/threads/)
  using withoutRuntime = new SubjectProcess({ ...wasm, node: '/nowhere/node' })
  await expect(withoutRuntime.description()).rejects.toThrow(/ENOENT/)
  expect(await withoutRuntime.ask({ kind: 'finish' })).toMatchObject({ kind: 'failed' })
})
