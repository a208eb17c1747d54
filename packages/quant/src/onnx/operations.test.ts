import { Module } from '@tlc/nn'
import { apply, type Composite, composites, openBackend, type Primitive, type Tensor, useBackend } from '@tlc/tensor'
import { type Conformance, compositeCases, Draw, primitiveCases, type Tolerance } from '@tlc/tensor/conformance'
import { beforeAll, describe, expect, it } from 'vitest'
import { hasOnnxRuntime, runOnnx } from '../../test/run-onnx.ts'
import { compositeRows } from './composite-rows.ts'
import { exportOnnx, type OnnxInput } from './export-onnx.ts'
import { primitiveRows } from './primitive-rows.ts'

const backend = await openBackend('reference')
beforeAll(() => useBackend(backend))

class Nothing extends Module {}

/** Of onnxruntime's own: other orders of sums, other polynomials for e^x, tanh and erf, each a few roundings worse. */
const slack = 8

/** Cases whose results ONNX leaves open, or onnxruntime decides otherwise. */
const open: readonly (readonly [op: string, name: RegExp, why: string])[] = [
  ['cast', /^f32 to i32$|^i32 to (i8|u8)$|^f32 to (i8|u8)$/, 'numbers outside of a type become anything'],
  ['maxOver', /NaN/, 'a largest element may pass over NaN'],
]

/** What a graph can be given. */
const given = new Set(['f32', 'i32', 'bool'])

const rows: { readonly [op: string]: unknown } = { ...primitiveRows, ...compositeRows }
const operations: { readonly [name: string]: Primitive | Composite<unknown> } = {
  ...Object.fromEntries(Object.keys(primitiveCases).map((op) => [op, op as Primitive])),
  ...(composites as unknown as { readonly [name: string]: Composite<unknown> }),
}
const tables = Object.entries({ ...primitiveCases, ...compositeCases } as unknown as {
  readonly [name: string]: Conformance<unknown>
})

/** How far each element may be from what is expected. */
async function allowances(
  tolerance: Tolerance<unknown> | undefined,
  inputs: readonly Tensor[],
  parameters: unknown,
  expected: ArrayLike<number>,
): Promise<(index: number) => number> {
  if (!tolerance) return () => 0
  const { roundings, scale } = tolerance
  const count = typeof roundings === 'number' ? roundings : roundings(inputs, parameters)
  const unit = slack * count * 2 ** -24
  if (scale === 'element') return (index) => unit * Math.abs(expected[index]!)
  if (scale === 'largest') {
    const largest = Array.from(expected, Math.abs).reduce(
      (most, x) => (Number.isFinite(x) ? Math.max(most, x) : most),
      0,
    )
    return () => unit * largest
  }
  const scales = await scale(inputs, parameters).data()
  return (index) => unit * scales[scales.length === 1 ? 0 : index]!
}

for (const [name, table] of tables) {
  if (typeof rows[name] !== 'function') continue
  describe.skipIf(!hasOnnxRuntime)(name, () => {
    for (const each of table.cases) {
      const inputs = each.inputs(new Draw(backend))
      const run = (tensors: readonly Tensor[]): Tensor =>
        apply(operations[name] as Composite<unknown>, tensors, each.parameters)[0]!
      const cannot =
        !inputs.every(({ dtype }) => given.has(dtype)) ||
        ('dtype' in (each.parameters as object) && !given.has((each.parameters as { dtype: string }).dtype)) ||
        open.some(([other, which]) => other === name && which.test(each.name)) ||
        'dropout' in (each.parameters as object)
      if (cannot) continue
      it(each.name, async () => {
        const expected = run(inputs)
        const names = inputs.map((_, index) => `x${index}`)
        const file = await exportOnnx(new Nothing(), {
          inputs: Object.fromEntries(
            inputs.map(({ dtype, shape }, index) => [names[index]!, { dtype, shape } as OnnxInput]),
          ),
          run: (named) => ({ y: run(names.map((each) => named[each]!)) }),
        })
        const { y } = await runOnnx(file, Object.fromEntries(inputs.map((x, index) => [names[index]!, x])))
        expect(y!.shape).toEqual(expected.shape)
        const data = await expected.data()
        const tolerance = each.exact ? undefined : table.tolerances[0]
        const allowed = await allowances(tolerance, inputs, each.parameters, data)
        for (const [index, should] of data.entries()) {
          const is = y!.data[index]!
          // Zeros of either sign are equal; below 2^-126 a processor may count as 0.
          if (Object.is(is, should) || Math.abs(is - should) <= allowed(index) + 2 ** -126) continue
          expect.fail(`element ${index} of ${data.length} is ${is}, expected ${should} within ${allowed(index)}`)
        }
      })
    }
  })
}
