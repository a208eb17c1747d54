import type { Composites } from '../composites/index.ts'
import { packedRowBytes } from '../composites/weight-only.ts'
import { abs, add, cast, div, equal, less, mul, round, sub, where } from '../operations/elementwise.ts'
import { concat, reshape } from '../operations/movement.ts'
import { linear } from '../operations/neural.ts'
import { quantizedLinear, weightOnlyLinear } from '../operations/quantized.ts'
import { maxOver } from '../operations/reduction.ts'
import { formatShape, type Shape, sizeOf } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import type { Case, CompositeCases } from './case.ts'
import type { Draw } from './draw.ts'

interface Packed {
  readonly bits: 4 | 8
  readonly group: number
  /** their type, if there are any */
  readonly zeros?: 'u8' | 'f32'
}

const formats: readonly Packed[] = [
  { bits: 4, group: 32 },
  { bits: 4, group: 64, zeros: 'u8' },
  { bits: 4, group: 5, zeros: 'f32' },
  { bits: 4, group: 1000, zeros: 'f32' },
  { bits: 8, group: 32, zeros: 'u8' },
  { bits: 8, group: 96 },
  { bits: 8, group: 7, zeros: 'f32' },
]

/** Of a product of whole numbers. */
const wholeRoundings = 8

/** Steps that two divisions, of 2.5 units in the last place each, may move a quotient of 127 at most. */
const nearTie = 127 * 2 * 2.5 * 2 ** -23

/** Composites over weights that are small whole numbers. What is quantized is f32, so f16 is refused. */
export const quantized: CompositeCases<'quantizedLinear' | 'weightOnlyLinear' | 'quantizedEmbedding'> = {
  quantizedLinear: {
    half: false,
    tolerances: [
      {
        roundings: wholeRoundings,
        scale: ([x, codes, scales, bias]) => {
          const product = abs(quantizedLinear(x!, codes!, scales!))
          return add(bias ? add(product, abs(bias)) : product, ofTies(x!, codes!, scales!))
        },
        because:
          'the sum is exact; its rounding, the step (a division, 2.5 on a GPU) and scale, two products, the bias. Where x is ' +
          'in the middle between two whole numbers of steps, a GPU that does not round divisions takes either',
      },
    ],
    cases: wholeProducts(),
  },
  weightOnlyLinear: {
    half: false,
    tolerances: [
      {
        roundings: ([x]) => 6 + Math.sqrt(x!.shape.at(-1)!),
        scale: ([x, codes, scales, ...rest], parameters) => magnitude(x!, codes!, scales!, rest, parameters),
        because: 'as linear, with two more roundings of a weight; two places may round its zero point',
      },
    ],
    cases: packedProducts(),
  },
  quantizedEmbedding: {
    half: false,
    tolerances: [{ roundings: 3, scale: 'element', because: 'a difference and a product' }],
    cases: packedTables(),
  },
}

/**
 * What a code more or less of each x that is in the middle between two changes, as so many roundings of it: Σ |c| · s ·
 * scale over those x. `[..., out]`
 */
function ofTies(x: Tensor, codes: Tensor, scales: Tensor): Tensor {
  const steps = div(maxOver(abs(x), { axis: -1, keepDims: true }), 127) // [..., 1]
  const places = where(equal(steps, 0), 0, div(x, steps)) // [..., in]
  const away = abs(sub(abs(sub(places, round(places))), 0.5))
  const ties = cast(less(away, nearTie), 'f32')
  const codeErrors = linear(ties, abs(cast(codes, 'f32'))) // [..., out]
  return mul(mul(codeErrors, mul(steps, abs(scales))), 2 ** 24 / wholeRoundings)
}

/**
 * Rows whose elements are steps away from halves, so that no device rounds them to other whole numbers, and whose
 * largest is 127 steps.
 */
function stepped(draw: Draw, rows: Shape, inner: number, offset: number): Tensor {
  const count = sizeOf(rows)
  const steps = draw.uniform([count, 1], 0.01, 1)
  const whole = draw.integers([count, inner - 1], -126, 126, 'f32')
  const near = add(whole, draw.uniform([count, inner - 1], -offset, offset))
  const signs = draw.values([count, 1], 'f32', [127, -127])
  return reshape(mul(concat([near, signs], { axis: 1 }), steps), [...rows, inner])
}

function wholeProducts(): Case<Composites['quantizedLinear']>[] {
  const sizes: readonly (readonly [rows: Shape, inner: number, out: number])[] = [
    [[], 3, 2],
    [[1], 1, 1],
    [[1], 1024, 5],
    [[5], 7, 3],
    [[2, 3], 33, 17],
    [[4, 16], 64, 128],
    [[98], 40, 50],
    [[3], 1100, 7],
    [[0], 3, 4],
    [[3], 5, 0],
  ]
  const cases = sizes.flatMap(([rows, inner, out]) =>
    [true, false].map((biased) => ({
      name: `${formatShape([...rows, inner])} to ${out}${biased ? '' : ' without a bias'}`,
      inputs: (draw: Draw) => [
        stepped(draw, rows, inner, 0.4),
        draw.integers([out, inner], -127, 127, 'i8'),
        draw.uniform([out], 0.001, 0.1),
        ...(biased ? [draw.normal([out])] : []),
      ],
      parameters: {},
    })),
  )
  const halves = {
    name: 'steps and scales that are powers of two, and halves',
    inputs: (draw: Draw) => [
      draw.values([4, 6], 'f32', [0.5, 1.5, -2.5, 126.5, 127, -0.5, 0, 0, 0, 0, 0, 0, 254, 1, 3, -5, 0, 7]),
      draw.values([2, 6], 'i8', [1, -2, 3, -127, 127, -128, 5]),
      draw.values([2], 'f32', [0.25, 8]),
    ],
    parameters: {},
  }
  return [...cases, halves]
}

/** Codes, scales and zero points of `rows` rows. */
function packedRows(draw: Draw, rows: number, size: number, { bits, group, zeros }: Packed): Tensor[] {
  const groups = [rows, Math.ceil(size / group)]
  const points = { u8: () => draw.integers(groups, 0, 2 ** bits - 1, 'u8'), f32: () => draw.uniform(groups, -3, 9) }
  return [
    draw.integers([rows, packedRowBytes(size, bits)], 0, 255, 'u8'),
    draw.uniform(groups, 0.01, 1),
    ...(zeros ? [points[zeros]()] : []),
  ]
}

function called({ bits, group, zeros }: Packed): string {
  return `${bits} bits, groups of ${group}${zeros ? `, zero points ${zeros}` : ''}`
}

function packedProducts(): Case<Composites['weightOnlyLinear']>[] {
  const sizes: readonly (readonly [rows: Shape, inner: number, out: number])[] = [
    [[], 64, 3],
    [[1], 33, 5],
    [[1], 512, 9],
    [[2, 2], 96, 130],
    [[37], 300, 140],
    [[1], 1, 1],
    [[0], 4, 2],
    [[3], 8, 0],
  ]
  return sizes.flatMap(([rows, inner, out]) =>
    formats.map((format, place) => ({
      name: `${formatShape([...rows, inner])} to ${out}, ${called(format)}${place % 2 ? ' with a bias' : ''}`,
      inputs: (draw: Draw) => [
        draw.normal([...rows, inner]),
        ...packedRows(draw, out, inner, format),
        ...(place % 2 ? [draw.normal([out])] : []),
      ],
      parameters: { bits: format.bits, group: format.group, zeroPoints: format.zeros !== undefined },
    })),
  )
}

/** |x| · |scale| (c + |z|) of each weight, which bounds what is rounded on any way to the sum. */
function magnitude(
  x: Tensor,
  codes: Tensor,
  scales: Tensor,
  rest: readonly Tensor[],
  { bits, group, zeroPoints }: Composites['weightOnlyLinear'],
): Tensor {
  const [zeros, bias] = zeroPoints ? [abs(cast(rest[0]!, 'f32')), rest[1]] : [undefined, rest[0]]
  const implied = zeros ?? add(mul(scales, 0), 2 ** (bits - 1))
  const negative = sub(0, implied)
  return weightOnlyLinear(abs(x), { codes, scales: abs(scales), zeroPoints: negative, bits, group }, bias && abs(bias))
}

function packedTables(): Case<Composites['quantizedEmbedding']>[] {
  return formats.flatMap((format) =>
    (
      [
        [[], 6],
        [[0], 3],
        [[2, 5], 37],
        [[300], 64],
      ] as const
    ).map(([ids, size]) => ({
      name: `${formatShape(ids)} of rows of ${size}, ${called(format)}`,
      inputs: (draw: Draw) => [...packedRows(draw, 11, size, format), draw.integers(ids, -1, 11)],
      parameters: { bits: format.bits, group: format.group, zeroPoints: format.zeros !== undefined, size },
    })),
  )
}
