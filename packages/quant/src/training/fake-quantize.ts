import { defineOp } from '@tlc/autograd'
import type { Transform } from '@tlc/nn'
import {
  abs,
  add,
  cast,
  clamp,
  div,
  equal,
  greater,
  less,
  max,
  maxOver,
  min,
  minOver,
  mul,
  neg,
  reshape,
  round,
  sub,
  type Tensor,
  where,
} from '@tlc/tensor'
import { checkBits } from '../schemes/affine/affine.ts'
import type { Granularity } from '../schemes/affine/granularity.ts'
import { rangesOf } from './ranges-on-device.ts'

/** A grid on which 0 is exact: training needs one whose values f32 arithmetic gives to the bit. */
export type TrainableGrid = 'zeroExact' | 'symmetric'

/** How a weight is quantized while it is trained. */
export interface FakeQuantizeOptions {
  /** k, 1 to 8; on a symmetric grid 2 to 8 */
  readonly bits: number
  /** `tensor` by default; groups must divide rows */
  readonly granularity?: Granularity
  /** `symmetric` by default */
  readonly grid?: TrainableGrid
}

/** Δ and z of each range. `[ranges, 1]` each */
export interface GridOnDevice {
  readonly step: Tensor
  readonly zeroPoint: Tensor
}

const quantizeThrough = defineOp({
  name: 'fakeQuantize',
  forward: ([x, step, zeroPoint]: readonly [Tensor, Tensor, Tensor], { greatest }: { readonly greatest: number }) =>
    mul(sub(clamp(add(round(stepsOf(x, step)), zeroPoint), 0, greatest), zeroPoint), step),
  vjp: ({ inputs: [x, step, zeroPoint], cotangents: [g], parameters: { greatest } }) => {
    const code = add(round(stepsOf(x, step)), zeroPoint)
    return [mul(g, within(code, 0, greatest)), undefined, undefined]
  },
  reads: { outputs: [] },
})

/**
 * Δ (clamp(round(x / Δ) + z, 0, greatest) - z): the values that quantization would leave. The gradient passes to x unchanged
 * where the code is on the grid before it is clamped, and is 0 elsewhere; none reaches Δ and z. Where Δ is 0, so is the
 * result.
 *
 * @param x f32
 * @param grid its tensors broadcast against x
 * @see Bengio et al. 2013, section 4 (the straight-through estimator); Jacob et al. 2018, section 3
 */
export function fakeQuantizeOnGrid(x: Tensor, { step, zeroPoint }: GridOnDevice, greatest: number): Tensor {
  return quantizeThrough([x, step, zeroPoint], { greatest })
}

/**
 * Quantization in training: the weight that a layer uses is on the grid of the weight as it is now, from its least to its
 * greatest, while the stored one stays f32 and gets the straight-through gradient.
 *
 * @returns a transform for a parameter's seam: `parameter.transforms.push(fakeQuantize({ bits: 4 }))`
 * @throws RangeError for bits or groups that cannot be
 */
export function fakeQuantize(options: FakeQuantizeOptions): Transform {
  const { bits, granularity = 'tensor', grid = 'symmetric' } = options
  checkTrainable(bits, grid)
  return (weight) => {
    const ranges = rangesOf(weight, granularity) // [ranges, length]
    const fitted = fitOnDevice(ranges, bits, grid)
    return reshape(fakeQuantizeOnGrid(ranges, fitted, 2 ** bits - 1), weight.shape)
  }
}

/**
 * The grid of each row, by the formulas of `grids` in f32. No gradient is meant to pass.
 *
 * @param ranges f32 `[ranges, length]`
 */
export function fitOnDevice(ranges: Tensor, bits: number, grid: TrainableGrid): GridOnDevice {
  const along = { axis: 1, keepDims: true } as const
  if (grid === 'symmetric') {
    const half = 2 ** (bits - 1)
    const step = div(maxOver(abs(ranges), along), half - 1) // [ranges, 1]
    return { step, zeroPoint: add(mul(step, 0), half) }
  }
  const greatest = 2 ** bits - 1
  const low = min(minOver(ranges, along), 0) // [ranges, 1]
  const step = div(sub(max(maxOver(ranges, along), 0), low), greatest)
  return { step, zeroPoint: min(round(stepsOf(neg(low), step)), greatest) }
}

/** @throws RangeError unless the bits are enough for the grid */
export function checkTrainable(bits: number, grid: TrainableGrid): void {
  checkBits(bits)
  if (grid === 'symmetric' && bits < 2) {
    throw new RangeError(`a symmetric grid needs 2 bits or more, got ${bits}; use zeroExact`)
  }
}

/** x / Δ, and x where Δ is 0: there x is 0 too. */
function stepsOf(x: Tensor, step: Tensor): Tensor {
  return div(x, where(equal(step, 0), 1, step))
}

/** 1 where low <= x <= high, else 0. */
export function within(x: Tensor, low: number, high: number): Tensor {
  return mul(sub(1, cast(less(x, low), 'f32')), sub(1, cast(greater(x, high), 'f32')))
}
