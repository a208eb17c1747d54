import { type Shape, sizeOf } from '@tlc/tensor'
import type { Encoded, SchemeName } from '../scheme.ts'
import { spanAt, spansOf } from '../schemes/affine/granularity.ts'
import { grids } from '../schemes/affine/grid.ts'
import { type BlockFormat, blockFormats } from '../schemes/blocks/llama-blocks.ts'
import { fourBitFloat } from './four-bit-float-codec.ts'
import type { Arrays, BodyName, SideName } from './parts.ts'
import type { Format, SettingName } from './settings.ts'

/** How the tensors of a scheme lie in a file. */
export interface Codec<K extends SettingName = never> {
  /** the part with a number for each weight, or with blocks of them */
  readonly body: BodyName
  readonly settings: readonly K[]
  /** Bits of a number of the body. */
  bits(format: Format<K>): number
  /** Numbers in the body of a dense tensor. @throws RangeError if there are none of this shape */
  bodyCount(shape: Shape): number
  /** Numbers in every other part. @throws RangeError if there are none of this shape */
  sides(format: Format<K>): { readonly [P in SideName]?: number }
  /** The body of a tensor all of whose weights are exactly 0; undefined if there is none, and then it is stored dense. */
  zeros(format: Format<K>, sides: Arrays): Uint8Array | Float32Array | undefined
  /** What is wrong with the numbers, if anything is. */
  problem(format: Format<K>, arrays: Arrays): string | undefined
  /** Settings and parts of a tensor as fields of one object, where they are not so from the start. */
  flatten?(encoded: Encoded): object
  /** The inverse of `flatten`. */
  assemble?(flat: Format<K> & Arrays): Encoded
}

const affine: Codec<'bits' | 'granularity' | 'grid'> = {
  body: 'codes',
  settings: ['bits', 'granularity', 'grid'],
  bits: ({ bits }) => bits,
  bodyCount: sizeOf,
  sides({ granularity, shape, grid }) {
    const { count } = spansOf(granularity, shape)
    const { stores } = grids[grid]
    return {
      steps: count,
      offsets: stores === 'offset' ? count : 0,
      zeroPoints: stores === 'zeroPoint' ? count : 0,
    }
  },
  zeros({ shape, granularity, grid, bits }, { zeroPoints }) {
    if (!grids[grid].zeroExact) return undefined
    const codes = new Uint8Array(sizeOf(shape))
    const spans = spansOf(granularity, shape)
    for (let range = 0; range < spans.count; range++) {
      codes.fill(zeroPoints![range] ?? grids[grid].impliedZeroPoint(bits), ...spanAt(spans, range))
    }
    return codes
  },
  problem({ bits }, { steps, offsets, zeroPoints }) {
    if (!steps!.every(isMagnitude)) return 'a step is not finite and >= 0'
    if (!offsets!.every(Number.isFinite)) return 'an offset is not finite'
    return zeroPoints!.every((zeroPoint) => zeroPoint < 2 ** bits) ? undefined : `a zero point needs over ${bits} bits`
  },
}

const codebook: Codec<'bits'> = {
  body: 'codes',
  settings: ['bits'],
  bits: ({ bits }) => bits,
  bodyCount: sizeOf,
  sides: ({ bits }) => ({ centroids: 2 ** bits }),
  zeros({ shape }, { centroids }) {
    const zero = centroids!.findIndex((centroid) => Object.is(centroid, 0))
    return zero < 0 ? undefined : new Uint8Array(sizeOf(shape)).fill(zero)
  },
  problem: (_, { centroids }) => (centroids!.every(Number.isFinite) ? undefined : 'a centroid is not finite'),
}

const ternary: Codec<'granularity'> = {
  body: 'codes',
  settings: ['granularity'],
  bits: () => 2,
  bodyCount: sizeOf,
  sides: ({ granularity, shape }) => ({ steps: spansOf(granularity, shape).count }),
  zeros: ({ shape }) => new Uint8Array(sizeOf(shape)).fill(1),
  problem(_, { steps, codes }) {
    if (!steps!.every(isMagnitude)) return 'a step is not finite and >= 0'
    return codes!.every((code) => code <= 2) ? undefined : 'a code is 3; there are 0, 1 and 2'
  },
}

/** Blocks are bytes that only their scheme can read: 0 has no code, and the form is dense. */
function blocks({ weights, bytes }: BlockFormat): Codec {
  return {
    body: 'blocks',
    settings: [],
    bits: () => 8,
    bodyCount(shape) {
      const row = shape.at(-1) ?? 1
      if (row % weights !== 0) throw new RangeError(`rows of ${row} weights are not made of blocks of ${weights}`)
      return (sizeOf(shape) / weights) * bytes
    },
    sides: () => ({}),
    zeros: () => undefined,
    problem: () => undefined,
  }
}

const f32: Codec = {
  body: 'values',
  settings: [],
  bits: () => 32,
  bodyCount: sizeOf,
  sides: () => ({}),
  zeros: ({ shape }) => new Float32Array(sizeOf(shape)),
  problem: () => undefined,
}

/** Every scheme's. */
export const codecs: { readonly [S in SchemeName]: Codec<SettingName> } = {
  affine,
  codebook,
  nf4: fourBitFloat,
  fp4: fourBitFloat,
  ternary,
  q8_0: blocks(blockFormats.q8_0),
  q4_0: blocks(blockFormats.q4_0),
  q4_k: blocks(blockFormats.q4_k),
  q6_k: blocks(blockFormats.q6_k),
  f32,
}

/** Whether a number is finite and >= 0. */
function isMagnitude(value: number): boolean {
  return Number.isFinite(value) && value >= 0
}
