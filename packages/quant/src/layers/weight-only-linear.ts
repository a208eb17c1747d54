import { Linear, Module } from '@tlc/nn'
import { type Backend, currentBackend, type PackedRows, type Tensor, weightOnlyLinear } from '@tlc/tensor'
import type { AffineCodes, AffineOptions } from '../schemes/affine/affine.ts'
import { encodeModules, type ReplacementOptions } from './encode-modules.ts'
import { packedRows } from './packed-rows.ts'
import { lastingBias, rowTensors } from './tensors.ts'

/**
 * y = x Wᵀ + b in f32, whose weights W = (c - z) · scale lie in memory as codes of 4 or 8 bits: what a product with few
 * rows waits for is memory. x f32 `[..., in]`; returns f32 `[..., out]`.
 */
export class WeightOnlyLinear extends Module implements PackedRows {
  readonly codes: Tensor
  readonly scales: Tensor
  readonly zeroPoints: Tensor | undefined
  readonly bits: 4 | 8
  readonly group: number
  /** f32 `[out]` */
  readonly bias: Tensor | undefined

  /**
   * @param weight on any affine grid; up to 4 bits take 4, more take 8
   * @param bias which becomes the layer's
   */
  constructor(weight: AffineCodes, bias?: Tensor, backend: Backend = bias?.backend ?? currentBackend()) {
    super()
    const { codes, scales, zeroPoints, bits, group } = rowTensors(packedRows(weight), backend)
    this.codes = codes
    this.scales = scales
    this.zeroPoints = zeroPoints
    this.bits = bits
    this.group = group
    this.bias = bias
  }

  forward(x: Tensor): Tensor {
    return weightOnlyLinear(x, this, this.bias)
  }
}

/**
 * Encodes the linear layers of a model: `replaceModules(model, Linear, await toWeightOnlyLinear(model, { bits: 4,
 * granularity: { group: 32 }, grid: 'symmetric' }))`. The layers that were there keep their parameters.
 */
export function toWeightOnlyLinear(
  root: Module,
  options: AffineOptions & ReplacementOptions,
): Promise<(linear: Linear) => Module> {
  return encodeModules(root, Linear, options, ({ bias, weight }, codes) => {
    return new WeightOnlyLinear(codes, lastingBias(bias), weight.stored.backend)
  })
}
