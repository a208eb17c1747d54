import { Embedding, Module } from '@tlc/nn'
import { type Backend, currentBackend, type PackedRows, quantizedEmbedding, type Tensor } from '@tlc/tensor'
import type { AffineCodes, AffineOptions } from '../schemes/affine/affine.ts'
import { encodeModules, type ReplacementOptions } from './encode-modules.ts'
import { packedRows } from './packed-rows.ts'
import { rowTensors } from './tensors.ts'

/** Rows of a table W = (c - z) · scale of 4 or 8 bits at ids i32 `[...]`, decoded when they are asked for: f32 `[..., size]`. */
export class QuantizedEmbedding extends Module implements PackedRows {
  readonly codes: Tensor
  readonly scales: Tensor
  readonly zeroPoints: Tensor | undefined
  readonly bits: 4 | 8
  readonly group: number
  /** of a row */
  readonly size: number

  /** @param weight on any affine grid; up to 4 bits take 4, more take 8 */
  constructor(weight: AffineCodes, backend: Backend = currentBackend()) {
    super()
    const host = packedRows(weight)
    const { codes, scales, zeroPoints, bits, group } = rowTensors(host, backend)
    this.codes = codes
    this.scales = scales
    this.zeroPoints = zeroPoints
    this.bits = bits
    this.group = group
    this.size = host.size
  }

  forward(ids: Tensor): Tensor {
    return quantizedEmbedding(this, ids)
  }
}

/**
 * Encodes the embeddings of a model: `replaceModules(model, Embedding, await toQuantizedEmbedding(model, { bits: 4,
 * granularity: 'row' }))`. An embedding to which a decoder is tied stays there for the decoder.
 */
export function toQuantizedEmbedding(
  root: Module,
  options: AffineOptions & ReplacementOptions,
): Promise<(embedding: Embedding) => Module> {
  return encodeModules(
    root,
    Embedding,
    options,
    ({ weight }, codes) => new QuantizedEmbedding(codes, weight.stored.backend),
  )
}
