import { afterAll, describe, expect, test } from 'vitest'
import { type Composites, composites } from '../composites/index.ts'
import { check } from '../conformance/check.ts'
import { type Case, type Conformance, compositeCases } from '../conformance/index.ts'
import { apply, openBackend, type Shape } from '../index.ts'
import type { WebgpuBackend } from './backend.ts'

/** What a GPU runs, where invocations share the work of a row or a block: here on whatever adapter there is. */
let opened: Promise<WebgpuBackend> | undefined

function backend(): Promise<WebgpuBackend> {
  opened ??= openBackend('webgpu', { workgroupMemory: true }) as Promise<WebgpuBackend>
  return opened
}
afterAll(async () => (await opened)?.close())

const shared = ['attention', 'attentionGrad'] as const

for (const name of shared) {
  describe(name, () => {
    const table = compositeCases[name] as Conformance<unknown>
    for (const each of table.cases) {
      test(each.name, async () => check(composites[name], each, table, await backend()))
    }
  })
}

describe('attention of many blocks and chunks', () => {
  const shapes: readonly (readonly [
    queries: number,
    keys: number,
    headSize: number,
    valueSize: number,
    bias?: Shape,
  ])[] = [
    [33, 65, 64, 64],
    [40, 31, 128, 128, [40, 31]],
    [5, 37, 50, 33, [1, 2, 1, 37]],
    [34, 3, 100, 9],
    [3, 40, 132, 16],
  ]
  for (const [queries, keys, headSize, valueSize, bias] of shapes) {
    for (const rate of [0, 0.3]) {
      const parameters = { scale: headSize ** -0.5, ...(rate ? { dropout: { rate, key: [2020, 7] as const } } : {}) }
      const name = `${queries} queries of ${headSize}, ${keys} keys, values of ${valueSize}, dropout ${rate}`
      const forward: Case<Composites['attention']> = {
        name,
        inputs: (draw) => [
          draw.normal([1, 2, queries, headSize]),
          draw.normal([1, 2, keys, headSize]),
          draw.normal([1, 2, keys, valueSize]),
          ...(bias ? [draw.normal(bias)] : []),
        ],
        parameters,
      }
      const backward: Case<Composites['attentionGrad']> = {
        name,
        inputs: (draw) => {
          const [q, k, v, ...biases] = forward.inputs(draw)
          const [y, logSumExp] = apply(composites.attention, [q!, k!, v!, ...biases], parameters)
          return [q!, k!, v!, y!, logSumExp!, draw.normal(y!.shape), ...biases]
        },
        parameters,
      }
      test(name, async () => check(composites.attention, forward, compositeCases.attention, await backend()))
      test(`its derivative, ${name}`, async () =>
        check(composites.attentionGrad, backward, compositeCases.attentionGrad, await backend()))
    }
  }
})
