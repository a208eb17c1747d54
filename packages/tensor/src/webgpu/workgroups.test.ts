import { afterAll, describe, test } from 'vitest'
import type { Composite } from '../composites/composite.ts'
import { composites } from '../composites/index.ts'
import { check } from '../conformance/check.ts'
import { type Case, type Conformance, compositeCases, primitiveCases } from '../conformance/index.ts'
import { openBackend, type Primitive } from '../index.ts'
import type { Primitives } from '../primitives.ts'
import { formatShape } from '../shape.ts'

/** What a GPU runs, where invocations share rows and sums: here on whatever adapter there is. */
const opened = openBackend('webgpu', { workgroupMemory: true })

afterAll(async () => (await opened).close())

function holds<P>(name: string, op: Primitive | Composite<P>, table: Conformance<P>): void {
  describe(name, () => {
    for (const each of table.cases) test(each.name, async () => check(op, each, table, await opened))
  })
}

for (const name of ['sum', 'maxOver'] as const) holds(name, name, primitiveCases[name] as Conformance<unknown>)

for (const name of [
  'softmax',
  'softmaxGrad',
  'logSoftmax',
  'logSoftmaxGrad',
  'layerNorm',
  'layerNormGrad',
  'crossEntropy',
  'crossEntropyGrad',
  'globalNorm',
] as const) {
  holds(name, composites[name] as Composite<unknown>, compositeCases[name] as Conformance<unknown>)
}

describe('sums that workgroups share', () => {
  for (const [shape, axes] of [
    [[70_000], [0]],
    [[2, 40_001], [1]],
    [[3000, 5], [0]],
    [
      [50, 3, 900],
      [0, 2],
    ],
  ] as const) {
    for (const [op, dtype] of [
      ['sum', 'f32'],
      ['sum', 'i32'],
      ['maxOver', 'f32'],
    ] as const) {
      const each: Case<Primitives['sum']> = {
        name: `${op} of ${dtype} ${formatShape(shape)} over ${axes}`,
        inputs: (draw) => [dtype === 'f32' ? draw.normal(shape) : draw.integers(shape, -99, 99, dtype)],
        parameters: { axes, keepDims: false },
      }
      test(each.name, async () => check(op, each, primitiveCases[op], await opened))
    }
  }
})
