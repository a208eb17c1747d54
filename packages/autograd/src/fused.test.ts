import {
  apply,
  type Backend,
  type Composite,
  type Composites,
  composites,
  embedding,
  key,
  normal,
  openBackend,
  type Shape,
  type Tensor,
  tensor,
  useBackend,
} from '@tlc/tensor'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { gradcheck, vjp } from './index.ts'

// In float64 only the four-point formula is off, by about step⁴ = 4e-9, and the constants of the rules, by 2⁻²⁴.
const float64 = { step: 2 ** -7, tolerance: 1e-6, noise: 2 ** -40 }

let truth: Backend
let wasm: Backend
beforeAll(async () => {
  truth = await openBackend('reference', { precision: 'float64' })
  wasm = await openBackend('wasm')
})
beforeEach(() => useBackend(truth))
afterAll(() => wasm.close())

/** Those over codes, which have no derivative of their own or not the true one, have tests of their own. */
type OverCodes = 'quantizedLinear' | 'weightOnlyLinear' | 'quantizedEmbedding'
// One output of topK are places, which have none.
type Differentiable = Exclude<keyof Composites, `${string}Grad` | 'adamwStep' | 'topK' | OverCodes>

/** Inputs to differentiate by, then lists of ids, if any. */
interface Trial<Parameters> {
  readonly shapes: readonly Shape[]
  readonly ids?: readonly (readonly number[])[]
  readonly parameters: Parameters
}

const heads: readonly Shape[] = [
  [2, 2, 3, 4],
  [2, 2, 5, 4],
  [2, 2, 5, 4],
]

const trials: { readonly [C in Differentiable]: readonly Trial<Composites[C]>[] } = {
  linear: [
    { shapes: [[2, 3, 4], [5, 4], [5]], parameters: {} },
    { shapes: [[4], [5, 4]], parameters: {} },
  ],
  softmax: [{ shapes: [[3, 5]], parameters: {} }],
  logSoftmax: [{ shapes: [[3, 5]], parameters: {} }],
  gelu: [{ shapes: [[7]], parameters: {} }],
  layerNorm: [{ shapes: [[2, 3, 5], [5], [5]], parameters: { epsilon: 1e-3 } }],
  attention: [
    { shapes: heads, parameters: { scale: 0.7 } },
    { shapes: [...heads, [2, 1, 1, 5]], parameters: { scale: 0.7 } },
    { shapes: heads, parameters: { scale: 0.7, dropout: { key: [1, 2], rate: 0.4 } } },
    { shapes: [...heads, [2, 1, 1, 5]], parameters: { scale: 0.7, dropout: { key: [1, 2], rate: 0.4 } } },
  ],
  crossEntropy: [
    { shapes: [[4, 5]], ids: [[1, 0, -100, 4]], parameters: { ignoreIndex: -100, labelSmoothing: 0 } },
    { shapes: [[4, 5]], ids: [[1, 0, 2, 4]], parameters: { ignoreIndex: 2, labelSmoothing: 0.1 } },
  ],
  dropout: [{ shapes: [[31]], parameters: { key: [1, 2], rate: 0.4 } }],
  embedding: [{ shapes: [[5, 3]], ids: [[4, 0, 4, 1]], parameters: { paddingIndex: -1 } }],
  appendRows: [
    {
      shapes: [
        [3, 2, 2],
        [2, 1, 2],
      ],
      ids: [[2, 2]],
      parameters: {},
    },
  ],
  globalNorm: [{ shapes: [[3], [2, 2]], parameters: {} }],
  sparseLinear: [
    {
      shapes: [
        [2, 6],
        [3, 2, 3],
      ],
      ids: [
        [1, 0, 1],
        [0, 1, 1, 3],
      ],
      parameters: {},
    },
  ],
}

/** What is differentiated by, and the composite and its formula as functions of that. */
function prepare(name: Differentiable, { shapes, ids = [], parameters }: Trial<unknown>) {
  const composite = composites[name] as Composite<unknown>
  const inputs = shapes.map((shape, place) => normal(key(place + 1), shape))
  const constants = ids.map((each) => tensor(each, { dtype: 'i32' }))
  return {
    inputs,
    asOne: (given: readonly Tensor[]) => apply(composite, [...given, ...constants], parameters),
    asFormula: (given: readonly Tensor[]) => composite.formula([...given, ...constants], parameters),
  }
}

// Outputs beyond the first (means, ln Σ e^x) are there for derivatives: cotangents reach them at the second order.
for (const [name, list] of Object.entries(trials) as [Differentiable, readonly Trial<unknown>[]][]) {
  for (const [place, trial] of list.entries()) {
    describe(`the derivative of ${name}, trial ${place + 1}`, () => {
      it('is confirmed by differences, for all outputs and for each', async () => {
        const { inputs, asOne } = prepare(name, trial)
        await gradcheck(asOne, inputs, { ...float64, name })
        for (const output of asOne(inputs).keys()) {
          await gradcheck((given) => asOne(given)[output]!, inputs, { ...float64, name: `output ${output} of ${name}` })
        }
      })

      it('is confirmed by differences in float32, as its kernels on wasm compute it', async () => {
        useBackend(wasm)
        const { inputs, asOne } = prepare(name, trial)
        await gradcheck(asOne, inputs, { name })
      })

      it('is confirmed as a function in its turn', async () => {
        const { inputs, asOne } = prepare(name, trial)
        const squares = (given: readonly Tensor[]): Tensor[] => asOne(given).map((output) => output.square())
        await gradcheck(squares, inputs, { ...float64, name, order: 2 })
        await gradcheck((given) => squares(given)[0]!, inputs, { ...float64, name, order: 2 })
      })

      it('is that of the formula', async () => {
        const { inputs, asOne, asFormula } = prepare(name, trial)
        const pulled = (fn: typeof asOne): readonly Tensor[] => {
          const { outputs, pull } = vjp(fn, inputs)
          return pull(outputs.map(({ shape }, output) => normal(key(9 + output), shape)))
        }
        const expected = pulled(asFormula)
        for (const [input, gradient] of pulled(asOne).entries()) {
          const [own, formulas] = [await gradient.data(), await expected[input]!.data()]
          for (const [i, value] of formulas.entries()) expect(own[i]).toBeCloseTo(value, 5)
        }
      })
    })
  }
}

describe('the derivative of embedding', () => {
  it('leaves out the padding row', async () => {
    const table = normal(key(1), [4, 2])
    const ids = tensor([1, 2, 2, 0], { dtype: 'i32' })
    const { pull } = vjp(([t]) => [embedding(t, ids, { paddingIndex: 2 })], [table])
    const [dTable] = pull([tensor([1, 2, 3, 4, 5, 6, 7, 8], { shape: [4, 2] })])
    expect(await dTable.data()).toEqual(Float32Array.of(7, 8, 1, 2, 0, 0, 0, 0))
  })
})
