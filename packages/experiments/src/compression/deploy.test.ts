import { Activation, type Layer, Linear, Sequential } from '@tlc/nn'
import { type Artefact, decode, loadArtefact, readArtefact } from '@tlc/quant'
import { dtypes, key, listen, normal, openBackend, type Tensor, useBackend } from '@tlc/tensor'
import { beforeAll, expect, test } from 'vitest'
import { compressModel } from './compress-model.ts'
import { type CompressedKind, deploy } from './deploy.ts'
import { parseRecipe } from './parse-recipe.ts'

// Runs in Node and in Chromium.
beforeAll(async () => useBackend(await openBackend('wasm')))

const sizes = [64, 96, 64, 32] as const
const rows = 8

function perceptron(seed: number): Sequential {
  const linear = (index: number): Layer =>
    new Linear({ inputSize: sizes[index]!, outputSize: sizes[index + 1]!, key: key(seed + index) })
  return new Sequential([linear(0), new Activation('relu'), linear(1), new Activation('relu'), linear(2)])
}

/** One layer for each way to compute with compressed weights. */
const recipe = parseRecipe([
  { prune: { sparsity: 0.9, include: ['layers.0.weight'] } },
  { quantize: { bits: 4, granularity: { group: 32 }, grid: 'minmax', include: ['layers.2.weight'] } },
  { quantize: { bits: 8, granularity: 'row', grid: 'symmetric', include: ['layers.4.weight'] } },
])

/**
 * A clock that goes by the bytes that operations read, one in a millisecond, while `use` runs: what a layer takes is then
 * the same on every machine.
 */
async function withTraffic<T>(use: (now: () => number) => Promise<T>): Promise<T> {
  let bytes = 0
  using _door = listen({
    takes: () => true,
    heard({ inputs }) {
      for (const { size, dtype } of inputs) bytes += size * dtypes[dtype].bytes
    },
  })
  return await use(() => bytes)
}

test('deployed layers give the outputs of the decoded model, to the rounding of their inputs', async () => {
  const { file } = await compressModel({ model: perceptron(1), recipe })
  const artefact = readArtefact(file)
  const model = perceptron(5)
  loadArtefact(model, artefact)
  const x = normal(key(9), [rows, sizes[0]])
  const found = await withTraffic((now) =>
    deploy(model, artefact, { sample: () => model.forward(x), now, rounds: 1, secondsPerRound: 1 }),
  )
  expect(found.map(({ path, chosen }) => [path, chosen])).toEqual([
    ['layers.0', 'sparse'],
    ['layers.2', 'weightOnly'],
    ['layers.4', 'int8'],
  ])
  const outputs = await numbers(model.forward(x))
  const inputs = await numbers(x)
  for (let row = 0; row < rows; row++) {
    let values = inputs.slice(row * sizes[0], (row + 1) * sizes[0])
    let errors = values.map(() => 0)
    for (const [index, { path, chosen }] of found.entries()) {
      const isLast = index === found.length - 1
      ;({ values, errors } = through(artefact, path, chosen as CompressedKind, { values, errors }, isLast))
    }
    const last = outputs.slice(row * sizes[3], (row + 1) * sizes[3])
    last.forEach((y, at) => expect(Math.abs(y - values[at]!)).toBeLessThanOrEqual(errors[at]!))
    // The bound says something: it is far below what outputs are.
    expect(Math.max(...errors)).toBeLessThan(0.1 * Math.max(...values.map(Math.abs)))
  }
})

interface Bounded {
  readonly values: number[]
  /** how far each may be off in the deployed model */
  readonly errors: number[]
}

/**
 * What a layer of the decoded weights makes of a row, in float64, and how far the deployed one may be off: by Σ |w| e of
 * its inputs' errors e, and by what it rounds itself. relu, where one follows, moves no two numbers apart.
 */
function through(
  { tensors }: Artefact,
  path: string,
  chosen: CompressedKind,
  { values, errors }: Bounded,
  isLast: boolean,
): Bounded {
  const encoded = tensors.get(`${path}.weight`)!
  const [weights, bias] = [decode(encoded), decode(tensors.get(`${path}.bias`)!)]
  const size = values.length
  const most = values.map((value, at) => Math.abs(value) + errors[at]!)
  // int8 rounds inputs to half a step of their largest / 127, and the quotient once more by 2⁻²⁴ of at most 127 steps.
  const ownRounding = chosen === 'int8' ? (Math.max(...most) / 127) * (0.5 + 2 ** -16) : 0
  // A zero point q₀ / Δ in f32 moves each weight by 2⁻²⁴ of q₀ for the quotient, as much for the difference, and less.
  const reach = encoded.scheme === 'affine' ? Math.max(0, ...encoded.offsets.map(Math.abs)) * 2 ** -22 : 0
  const made: Bounded = { values: [], errors: [] }
  for (let row = 0; row < bias.length; row++) {
    let [sum, error, terms] = [bias[row]!, 0, Math.abs(bias[row]!)]
    for (let at = 0; at < size; at++) {
      const weight = weights[row * size + at]!
      sum += weight * values[at]!
      error += Math.abs(weight) * (errors[at]! + ownRounding) + reach * most[at]!
      terms += Math.abs(weight) * most[at]!
    }
    // A rounding of f32 for each term in any order, and four for weights, scales and the bias.
    error += (size + 4) * 2 ** -24 * terms
    made.values.push(isLast ? sum : Math.max(0, sum))
    made.errors.push(error)
  }
  return made
}

async function numbers(x: Tensor): Promise<number[]> {
  return [...(await x.data())]
}
