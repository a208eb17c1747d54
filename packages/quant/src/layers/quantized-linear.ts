import { Linear, Module } from '@tlc/nn'
import { type Backend, currentBackend, quantizedLinear, type Tensor, tensor } from '@tlc/tensor'
import type { AffineCodes } from '../schemes/affine/affine.ts'
import { encodeModules, type ReplacementOptions } from './encode-modules.ts'
import { matrixShape } from './packed-rows.ts'
import { lasting, lastingBias } from './tensors.ts'

/**
 * y = (Σ q c) · (s · scale) + b: int8 weights times inputs that are rounded row by row when they come, s = max|x| / 127.
 * Against a layer of the decoded weights W = scale · c, an output is off by s/2 · Σ|W| of its row at most.
 *
 * x f32 `[..., in]`; returns f32 `[..., out]`.
 */
export class QuantizedLinear extends Module {
  /** c, i8 `[out, in]` */
  readonly codes: Tensor
  /** f32 `[out]` */
  readonly scales: Tensor
  /** f32 `[out]` */
  readonly bias: Tensor | undefined

  /**
   * @param weight of 2 to 8 bits on a symmetric grid, of a whole tensor or row by row
   * @param bias which becomes the layer's
   * @throws RangeError for other weights
   */
  constructor(weight: AffineCodes, bias?: Tensor, backend: Backend = bias?.backend ?? currentBackend()) {
    super()
    const [rows, size] = matrixShape(weight)
    const { grid, granularity, bits, codes, steps } = weight
    if (grid !== 'symmetric' || typeof granularity !== 'string') {
      const given = typeof granularity === 'string' ? granularity : `group of ${granularity.group}`
      throw new RangeError(
        `QuantizedLinear: weights are on the grid '${grid}' by ${given}; expected 'symmetric' by 'row' or 'tensor'. ` +
          'WeightOnlyLinear takes all grids and groups',
      )
    }
    const half = 2 ** (bits - 1)
    const signed = Int8Array.from(codes, (code) => code - half)
    const scales = Float32Array.from({ length: rows }, (_, row) => steps[granularity === 'row' ? row : 0]!)
    this.codes = lasting(tensor(signed, { shape: [rows, size], dtype: 'i8', backend }))
    this.scales = lasting(tensor(scales, { backend }))
    this.bias = bias
  }

  forward(x: Tensor): Tensor {
    return quantizedLinear(x, this.codes, this.scales, this.bias)
  }
}

/**
 * Encodes the linear layers of a model in 8 bits, row by row:
 * `replaceModules(model, Linear, await toQuantizedLinear(model))`. The layers that were there keep their parameters.
 */
export function toQuantizedLinear(root: Module, options: ReplacementOptions = {}): Promise<(linear: Linear) => Module> {
  const format = { ...options, bits: 8, grid: 'symmetric', granularity: 'row' } as const
  return encodeModules(root, Linear, format, ({ bias, weight }, codes) => {
    return new QuantizedLinear(codes, lastingBias(bias), weight.stored.backend)
  })
}
