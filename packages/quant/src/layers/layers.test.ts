import { disposeModule, Embedding, Linear, type Module, replaceModules, Sequential } from '@tlc/nn'
import {
  type Backend,
  cast,
  key,
  linear,
  normal,
  openBackend,
  quantizedEmbedding,
  range,
  type Tensor,
  tensor,
  useBackend,
} from '@tlc/tensor'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { fixtureCases, fixtureTensor } from '../../test/fixture.ts'
import { type AffineCodes, type AffineOptions, affine, decodeAffine } from '../schemes/affine/affine.ts'
import { QuantizedEmbedding, toQuantizedEmbedding } from './quantized-embedding.ts'
import { QuantizedLinear, toQuantizedLinear } from './quantized-linear.ts'
import { toWeightOnlyLinear, WeightOnlyLinear } from './weight-only-linear.ts'

let backend: Backend
beforeAll(async () => {
  backend = await openBackend('wasm', { threads: 1 })
  useBackend(backend)
})

const numbers = async (x: Tensor): Promise<number[]> => [...(await x.data())]

/** Normally distributed weights, encoded. */
async function encode(shape: readonly [number, number], options: AffineOptions): Promise<AffineCodes> {
  using weight = normal(key(7), shape)
  return affine(options).encode((await weight.data()) as Float32Array, shape)
}

const decoded = (codes: AffineCodes): Tensor => tensor(decodeAffine(codes), { shape: codes.shape })

/**
 * Σ|x| |w| of each output times the roundings that a sum of `inner` products may take in f32: one for each term on any
 * order, and four for weights, scales and the bias. `[rows, out]`
 */
async function roundingsOf(x: Tensor, weight: Tensor): Promise<number[]> {
  const inner = x.shape.at(-1)!
  return (await numbers(linear(x.abs(), weight.abs()))).map((sum) => (inner + 4) * 2 ** -24 * sum)
}

describe('QuantizedLinear', () => {
  it('is a layer of the decoded weights, to half a step of each row of x', async () => {
    const shape = fc.tuple(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 70 }),
      fc.integer({ min: 1, max: 9 }),
    )
    await fc.assert(
      fc.asyncProperty(shape, fc.integer({ min: 0, max: 9 }), async ([out, inner, rows], seed) => {
        const codes = await encode([out, inner], { bits: 8, grid: 'symmetric', granularity: 'row' })
        const [x, bias] = [normal(key(seed), [rows, inner]), normal(key(seed + 1), [out])]
        const weight = decoded(codes)
        const actual = await numbers(new QuantizedLinear(codes, bias).forward(x))
        const expected = await numbers(linear(x, weight, bias))
        const [values, weights, slack] = [await numbers(x), await numbers(weight), await roundingsOf(x, weight)]
        const biases = await numbers(bias)
        for (let row = 0; row < rows; row++) {
          const step = Math.max(...values.slice(row * inner, (row + 1) * inner).map(Math.abs)) / 127
          for (let j = 0; j < out; j++) {
            // |x - s q| <= s/2, and 2⁻²⁴ of 127 s for the quotient; so |Δy| <= (s/2) Σ|w|, and roundings.
            const sum = weights.slice(j * inner, (j + 1) * inner).reduce((total, w) => total + Math.abs(w), 0)
            const at = row * out + j
            const bound = step * (0.5 + 2 ** -16) * sum + slack[at]! + 2 ** -22 * Math.abs(biases[j]!)
            expect(Math.abs(actual[at]! - expected[at]!)).toBeLessThanOrEqual(bound)
          }
        }
      }),
      { numRuns: 30 },
    )
  })

  interface DynamicCase {
    readonly name: string
    readonly file: string
    readonly w_scale: number
    readonly act_scale: number
  }

  it.each(fixtureCases<DynamicCase>('linear_dynamic'))(
    "$name: PyTorch's dynamic layer, to half a step of each of the two roundings of x",
    async ({ file, w_scale, act_scale }) => {
      const { values, shape } = fixtureTensor(file, 'out.qweight')
      const [out, inner] = shape as [number, number]
      const codes = Uint8Array.from(values, (code) => code + 128)
      const given = { shape, bits: 8, grid: 'symmetric', granularity: 'tensor' } as const
      const empty = { offsets: new Float32Array(0), zeroPoints: new Uint8Array(0) }
      const encoded = {
        ...(await encode([1, 1], { bits: 8 })),
        ...given,
        codes,
        steps: Float32Array.of(w_scale),
        ...empty,
      }
      const x = fixtureTensor(file, 'in.x')
      const bias = tensor(fixtureTensor(file, 'in.bias').values)
      const y = await numbers(new QuantizedLinear(encoded, bias).forward(tensor(x.values, { shape: x.shape })))
      fixtureTensor(file, 'out.y').values.forEach((theirs, at) => {
        const row = x.values.slice(Math.floor(at / out) * inner, (Math.floor(at / out) + 1) * inner)
        const ownStep = Math.max(...row.map(Math.abs)) / 127
        const column = values.slice((at % out) * inner, ((at % out) + 1) * inner)
        const sum = w_scale * column.reduce((total, code) => total + Math.abs(code), 0)
        // Theirs rounds the zero point, too, which moves the ends of its range by half a step.
        expect(Math.abs(y[at]! - theirs)).toBeLessThanOrEqual((ownStep / 2 + act_scale) * sum)
      })
    },
  )

  it('refuses weights that are not whole numbers of steps', async () => {
    const codes = await encode([2, 4], { bits: 8 })
    expect(() => new QuantizedLinear(codes)).toThrow("grid 'minmax' by tensor; expected 'symmetric' by 'row'")
  })
})

const formats: readonly AffineOptions[] = [
  { bits: 4, grid: 'symmetric', granularity: { group: 32 } },
  { bits: 4, grid: 'minmax', granularity: { group: 10 } },
  { bits: 3, grid: 'zeroExact', granularity: 'row' },
  { bits: 8, grid: 'minmax', granularity: 'tensor' },
  { bits: 6, grid: 'symmetric', granularity: { group: 64 } },
]

/** q₀ / Δ as a zero point in f32 moves each weight by 2⁻²⁴ of the range's end, which is a few of the weights. */
const endsOfRanges = 2 ** -22

describe('WeightOnlyLinear', () => {
  it.each(formats)('is a layer of the decoded weights, to the roundings of f32: %o', async (options) => {
    for (const [rows, inner, out] of [
      [1, 65, 7],
      [2, 32, 5],
      [9, 65, 131],
    ] as const) {
      const codes = await encode([out, inner], options)
      const [x, bias] = [normal(key(3), [rows, inner]), normal(key(4), [out])]
      const weight = decoded(codes)
      const actual = await numbers(new WeightOnlyLinear(codes, bias).forward(x))
      const expected = await numbers(linear(x, weight, bias))
      const slack = await roundingsOf(x, weight)
      const sums = await numbers(x.abs().sum({ axis: -1 }))
      const ends = Math.max(...codes.offsets.map(Math.abs), 0) * endsOfRanges
      actual.forEach((y, at) =>
        expect(Math.abs(y - expected[at]!)).toBeLessThanOrEqual(
          4 * slack[at]! + sums[Math.floor(at / out)]! * ends + 2 ** -20,
        ),
      )
    }
  })

  it('keeps equal weights, whose step is 0', async () => {
    const scheme = affine({ bits: 4, granularity: 'row' })
    const codes = scheme.encode(Float32Array.of(0.3, 0.3, 1, 2), [2, 2])
    using layer = disposable(new WeightOnlyLinear(codes))
    const x = tensor([1, 0, 0, 1], { shape: [2, 2] })
    expect(await numbers(layer.module.forward(x))).toEqual([0.3, 1, 0.3, 2].map(Math.fround))
  })
})

describe('QuantizedEmbedding', () => {
  it.each(formats)('has the decoded rows: %o', async (options) => {
    const codes = await encode([11, 65], options)
    const ids = tensor([3, 10, 0, 3], { shape: [2, 2], dtype: 'i32' })
    const actual = await numbers(new QuantizedEmbedding(codes).forward(ids))
    const rows = decodeAffine(codes)
    const ends = Math.max(...codes.offsets.map(Math.abs), 0) * endsOfRanges
    const expected = [3, 10, 0, 3].flatMap((id) => [...rows.subarray(id * 65, (id + 1) * 65)])
    actual.forEach((value, at) =>
      expect(Math.abs(value - expected[at]!)).toBeLessThanOrEqual(2 ** -22 * Math.abs(expected[at]!) + ends),
    )
  })

  it("reads PyTorch's rows of 4 bits: codes, then scale and minimum in f16", async () => {
    const { values, shape } = fixtureTensor('embedding_rowwise_4bit.safetensors', 'out.packed')
    const [rows, bytes] = shape as [number, number]
    const expected = fixtureTensor('embedding_rowwise_4bit.safetensors', 'out.dequant')
    const size = expected.shape[1]!
    const row = (at: number): readonly number[] => values.slice(at * bytes, (at + 1) * bytes)
    const each = Array.from({ length: rows }, (_, at) => row(at))
    const halves = await numbers(
      cast(
        tensor(
          Uint16Array.from(
            each.flatMap((of) => [
              of[size / 2]! + 256 * of[size / 2 + 1]!,
              of[size / 2 + 2]! + 256 * of[size / 2 + 3]!,
            ]),
          ),
          { dtype: 'f16' },
        ),
        'f32',
      ),
    )
    const codes = tensor(Uint8Array.from(each.flatMap((of) => of.slice(0, size / 2))), {
      shape: [rows, size / 2],
      dtype: 'u8',
    })
    const scales = tensor(
      Float32Array.from({ length: rows }, (_, at) => halves[2 * at]!),
      { shape: [rows, 1] },
    )
    const zeroPoints = tensor(
      Float32Array.from({ length: rows }, (_, at) => -halves[2 * at + 1]! / halves[2 * at]!),
      { shape: [rows, 1] },
    )
    const table = { codes, scales, zeroPoints, bits: 4, group: size, size } as const
    const actual = await numbers(quantizedEmbedding(table, range(rows, { dtype: 'i32' })))
    // A zero point in f32 is off by 2⁻²⁴ of itself: of the minimum, which is below 4.
    actual.forEach((value, at) => expect(Math.abs(value - expected.values[at]!)).toBeLessThanOrEqual(2 ** -20))
  })
})

describe('makers for replaceModules', () => {
  it('replace linear layers and embeddings, with their biases, and leave the others', async () => {
    const model = new Sequential([
      new Embedding({ count: 10, size: 8, key: key(1) }),
      new Linear({ inputSize: 8, outputSize: 6, key: key(2) }),
      new Linear({ inputSize: 6, outputSize: 4, key: key(3), bias: false }),
    ])
    const ids = tensor([1, 9, 4], { dtype: 'i32' })
    const before = await numbers(model.forward(ids))
    const kept = await toQuantizedLinear(model, { where: (path) => path.endsWith('1') })
    expect(replaceModules(model, Linear, kept)).toHaveLength(1)
    expect(
      replaceModules(model, Linear, await toWeightOnlyLinear(model, { bits: 8, granularity: 'row' })),
    ).toHaveLength(1)
    expect(
      replaceModules(model, Embedding, await toQuantizedEmbedding(model, { bits: 8, granularity: 'row' })),
    ).toHaveLength(1)
    const after = await numbers(model.forward(ids))
    const largest = Math.max(...before.map(Math.abs))
    // Three roundings to 8 bits, of half a step in 127 or 255 each, and of a sum of some terms: a few hundredths.
    after.forEach((y, at) => expect(Math.abs(y - before[at]!)).toBeLessThan(0.05 * largest))
  })

  it('name the layer whose weight cannot be encoded', async () => {
    const model = new Sequential([new Linear({ inputSize: 2, outputSize: 2, key: key(1) })])
    await expect(toWeightOnlyLinear(model, { bits: 1, grid: 'symmetric' })).rejects.toThrow(/'.*0': .*2 bits/)
  })

  it('give back what they took', async () => {
    const { tensors } = backend.memory()
    const model = new Linear({ inputSize: 8, outputSize: 6, key: key(2) })
    const layer = (await toQuantizedLinear(model))(model)
    disposeModule(model)
    expect(backend.memory().tensors).toBeGreaterThan(tensors)
    disposeModule(layer)
    expect(backend.memory().tensors).toBe(tensors)
  })
})

function disposable<M extends Module>(module: M): { readonly module: M } & Disposable {
  return { module, [Symbol.dispose]: () => disposeModule(module) }
}
