import { afterAll, describe, test } from 'vitest'
import type { Composite } from '../composites/composite.ts'
import { composites } from '../composites/index.ts'
import { check } from '../conformance/check.ts'
import { type Conformance, compositeCases, primitiveCases } from '../conformance/index.ts'
import { openBackend, type Primitive } from '../index.ts'

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
