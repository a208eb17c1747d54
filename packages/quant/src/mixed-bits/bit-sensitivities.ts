import type { Module } from '@tlc/nn'
import { payloadBytes } from '../decode.ts'
import type { SelectOptions } from '../quantizable.ts'
import { quantizeModel } from '../quantize-model.ts'
import type { Scheme } from '../scheme.ts'
import { affine } from '../schemes/affine/affine.ts'
import type { BitChoice } from './allocate-bits.ts'

/** What is tried on each layer. */
export interface SensitivityOptions extends SelectOptions {
  /** 2 to 8 by default */
  readonly bits?: readonly number[]
  /** by bits; affine by rows, `zeroExact`, by default */
  readonly schemeAt?: (bits: number) => Scheme
}

/**
 * What each parameter would take and lose at each number of bits: its bytes, and Σ (W - Q(W))². A model's loss is about
 * quadratic in small errors; where some layers matter more, weigh these errors or measure losses instead.
 *
 * @returns the choices of each quantized parameter, by name, for `allocateBits`
 */
export async function bitSensitivities(
  model: Module,
  options: SensitivityOptions = {},
): Promise<Map<string, BitChoice[]>> {
  const { bits: tried = [2, 3, 4, 5, 6, 7, 8], schemeAt = byRows } = options
  const found = new Map<string, BitChoice[]>()
  for (const bits of tried) {
    const scheme = schemeAt(bits)
    const { artefact, errors } = await quantizeModel(model, { ...options, schemeOf: () => scheme })
    for (const [name, { rootMeanSquare, size }] of errors) {
      const bytes = payloadBytes(artefact.tensors.get(name)!)
      found.set(name, [...(found.get(name) ?? []), { bits, bytes, error: rootMeanSquare ** 2 * size }])
    }
  }
  return found
}

function byRows(bits: number): Scheme {
  return affine({ bits, granularity: 'row', grid: 'zeroExact' })
}
