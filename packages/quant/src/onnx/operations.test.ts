import { apply, type Composite, composites, openBackend, type Primitive, scope, type Tensor, useBackend } from '@tlc/tensor'
import { type Case, type Conformance, compositeCases, Draw, primitiveCases } from '@tlc/tensor/conformance'
import { Module } from '@tlc/nn'
import { beforeAll, describe, expect, it } from 'vitest'
import { runOnnx } from '../../test/run-onnx.ts'
import { compositeRows } from './composite-rows.ts'
import { exportOnnx, type OnnxInput } from './export-onnx.ts'
import { primitiveRows } from './primitive-rows.ts'

const backend = await openBackend('reference')
beforeAll(() => useBackend(backend))

class Nothing extends Module {}

const rows: { readonly [op: string]: unknown } = { ...primitiveRows, ...compositeRows }
const tables = [
  ...Object.entries(primitiveCases).map(([op, table]) => [op, op as Primitive, table] as const),
  ...Object.entries(compositeCases).map(([op, table]) => [op, composites[op as keyof typeof composites], table] as const),
]

for (const [name, op, table] of tables) {
  const row = rows[name]
  if (typeof row !== 'function') continue
  describe(name, () => {
    for (const each of (table as Conformance<unknown>).cases as readonly Case<unknown>[]) {
      it(each.name, async () => {
        using _case = scope()
        const given = each.inputs(new Draw(backend))
        const expected = apply(op as Composite<unknown>, given, each.parameters)[0]!
        const inputs = Object.fromEntries(given.map(({ dtype, shape }, index): [string, OnnxInput] => [`x${index}`, { dtype: dtype as 'f32', shape }]))
        const file = await exportOnnx(new Nothing(), {
          inputs,
          run: (named) => ({ y: apply(op as Composite<unknown>, Object.values(named), each.parameters)[0]! }),
        })
        const { y } = await runOnnx(file, Object.fromEntries(given.map((x, index) => [`x${index}`, x])))
        const truth = await expected.data()
        expect(y!.shape).toEqual(expected.shape)
        let worst = 0
        truth.forEach((value, index) => {
          const is = y!.data[index]!
          if (Object.is(value, is) || value === is) return
          worst = Math.max(worst, Math.abs(value - is) / (Math.abs(value) + 1))
          if (Number.isNaN(value) || Number.isNaN(is) || !(Math.abs(value-is) <= 1e-5*(Math.abs(value)+1))) throw new Error(`${value} ${is} at ${index} of ${truth.length}`)
        })
        if (worst > 1e-6) console.log(name, each.name, worst)
      })
    }
  })
}
