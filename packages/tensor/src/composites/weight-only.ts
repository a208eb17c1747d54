import { apply } from '../apply.ts'
import { ShapeError } from '../errors.ts'
import { cast, div, mul, sub } from '../operations/elementwise.ts'
import { gather } from '../operations/indexing.ts'
import { expand, reshape, slice, stack } from '../operations/movement.ts'
import { checkDType, type Described } from '../rules.ts'
import { formatShape } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import type { Composite } from './composite.ts'
import { linear } from './linear.ts'

/** How rows of weights are written as small whole numbers. */
export interface PackedWeights {
  /** of a code; of two codes in a byte the first has the lower bits */
  readonly bits: 4 | 8
  /** weights that share a scale: neighbours in a row, the last of a row being fewer if it does not divide the row */
  readonly group: number
  /** Whether there is an input of zero points. Without, z = 2^(bits - 1). */
  readonly zeroPoints: boolean
}

export interface QuantizedEmbeddingParameters extends PackedWeights {
  /** of a row */
  readonly size: number
}

/** Bytes of a row of so many codes. */
export function packedRowBytes(size: number, bits: number): number {
  return Math.ceil((size * bits) / 8)
}

/**
 * y = x Wᵀ + b in f32, with weights W = (c - z) · scale that are small whole numbers c in memory.
 *
 * Inputs x f32 `[..., in]`, codes u8 `[out, ⌈in · bits / 8⌉]`, scales f32 `[out, ⌈in / group⌉]`, zero points z (u8 or
 * f32) of that shape if `zeroPoints` says so, and b f32 `[out]` if there is one; output f32 `[..., out]`.
 */
export const weightOnlyLinear: Composite<PackedWeights> = {
  name: 'weightOnlyLinear',
  outputs([x, ...weights], parameters) {
    checkDType('weightOnlyLinear', x!, ['f32'])
    if (x!.shape.length === 0) throw new ShapeError('weightOnlyLinear: x is a scalar, expected [..., in]')
    const { out, rest } = checkPacked('weightOnlyLinear', weights, { ...parameters, size: x!.shape.at(-1)! })
    const bias = rest[0]
    if (bias) checkDType('weightOnlyLinear', bias, ['f32'], 'bias')
    if (bias && formatShape(bias.shape) !== `[${out}]`) {
      throw new ShapeError(`weightOnlyLinear: bias ${formatShape(bias.shape)}, expected [${out}]`)
    }
    return [{ shape: [...x!.shape.slice(0, -1), out], dtype: 'f32' }]
  },
  formula([x, ...weights], parameters) {
    const { weight, rest } = unpacked(weights, { ...parameters, size: x!.shape.at(-1)! })
    return apply(linear, [x!, weight, ...rest], {})
  },
}

/**
 * Rows of a table W = (c - z) · scale at ids i32 `[...]`: f32 `[..., size]`. Inputs codes u8 `[rows, ⌈size · bits / 8⌉]`,
 * scales f32 `[rows, ⌈size / group⌉]`, zero points of that shape if `zeroPoints` says so, ids; ids outside clamp.
 */
export const quantizedEmbedding: Composite<QuantizedEmbeddingParameters> = {
  name: 'quantizedEmbedding',
  outputs(inputs, parameters) {
    const { rest } = checkPacked('quantizedEmbedding', inputs, parameters)
    checkDType('quantizedEmbedding', rest[0]!, ['i32'], 'ids')
    if (inputs[0]!.shape[0] === 0 && rest[0]!.size > 0) {
      throw new ShapeError('quantizedEmbedding: the table has no rows, so no id points into it')
    }
    return [{ shape: [...rest[0]!.shape, parameters.size], dtype: 'f32' }]
  },
  formula(inputs, parameters) {
    const ids = inputs.at(-1)!
    const flat = reshape(ids, [ids.size])
    const rows = inputs.slice(0, -1).map((table) => gather(table, flat))
    return [reshape(unpacked(rows, parameters).weight, [...ids.shape, parameters.size])]
  },
}

/** Rows of packed weights, and the inputs behind them. */
function checkPacked(
  op: string,
  [codes, scales, ...others]: readonly Described[],
  { bits, group, size, zeroPoints }: QuantizedEmbeddingParameters,
): { readonly out: number; readonly rest: readonly Described[] } {
  if (bits !== 4 && bits !== 8) throw new RangeError(`${op}: bits must be 4 or 8, got ${bits}`)
  if (!(Number.isInteger(group) && group >= 1)) {
    throw new RangeError(`${op}: group must be a whole number >= 1, got ${group}; 32, 64 and 128 are usual`)
  }
  checkDType(op, codes!, ['u8'], 'codes')
  checkDType(op, scales!, ['f32'], 'scales')
  const [zeros, rest] = zeroPoints ? [others[0], others.slice(1)] : [undefined, others]
  if (zeros) checkDType(op, zeros, ['u8', 'f32'], 'zero points')
  const out = codes!.shape[0]!
  const expected = [
    [out, packedRowBytes(size, bits)],
    ...(zeros ? [0, 1] : [0]).map(() => [out, Math.ceil(size / group)]),
  ]
  const given = [codes!, scales!, ...(zeros ? [zeros] : [])].map(({ shape }) => shape)
  if (expected.some((shape, place) => formatShape(shape) !== formatShape(given[place]!))) {
    throw new ShapeError(
      `${op}: codes, scales${zeros ? ', zero points' : ''} are ${given.map(formatShape).join(', ')}; for rows of ` +
        `${size} weights of ${bits} bits in groups of ${group} expected ${expected.map(formatShape).join(', ')}`,
    )
  }
  return { out, rest }
}

/** W = (c - z) · scale `[out, size]`, and the inputs behind them. */
function unpacked(
  [codes, scales, ...others]: readonly Tensor[],
  { bits, group, size, zeroPoints }: QuantizedEmbeddingParameters,
): { readonly weight: Tensor; readonly rest: readonly Tensor[] } {
  const out = codes!.shape[0]!
  const bytes = cast(codes!, 'i32')
  const whole = bits === 8 ? bytes : nibbles(bytes) // [out, size or one more]
  const each = cast(slice(whole, [0, 0], [out, size]), 'f32')
  const [zeros, rest] = zeroPoints ? [others[0]!, others.slice(1)] : [undefined, others]
  const perWeight = (ofGroups: Tensor): Tensor => {
    const groups = ofGroups.shape[1]!
    const spread = expand(reshape(cast(ofGroups, 'f32'), [out, groups, 1]), [out, groups, group])
    return slice(reshape(spread, [out, groups * group]), [0, 0], [out, size])
  }
  return { weight: mul(sub(each, zeros ? perWeight(zeros) : 2 ** (bits - 1)), perWeight(scales!)), rest }
}

/** The halves of each byte, the lower one first. `[out, bytes]` becomes `[out, 2 · bytes]`. */
function nibbles(bytes: Tensor): Tensor {
  const [out, count] = bytes.shape as [number, number]
  const high = div(bytes, 16)
  const low = sub(bytes, mul(high, 16))
  return reshape(stack([low, high], { axis: 2 }), [out, 2 * count])
}
