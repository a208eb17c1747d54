import type { Parameter } from '@tlc/nn'
import { type Backend, currentBackend, type PackedRows, type Tensor, tensor } from '@tlc/tensor'
import type { HostRows } from './packed-rows.ts'

/** A tensor that lives until its layer is disposed, whatever scope is open. */
export function lasting(made: Tensor): Tensor {
  made.moveTo(undefined)
  return made
}

/** A bias of a layer's own: the same values, which the parameter's disposal leaves alone. */
export function lastingBias(bias: Parameter | undefined): Tensor | undefined {
  return bias && lasting(bias.stored.alias())
}

/** Rows on a backend. */
export function rowTensors(host: HostRows, backend: Backend = currentBackend()): PackedRows {
  const { rows, groups, bits, group, codes, scales, zeroPoints } = host
  const shape = [rows, groups]
  const dtype = zeroPoints instanceof Uint8Array ? 'u8' : 'f32'
  return {
    bits,
    group,
    codes: lasting(tensor(codes, { shape: [rows, codes.length / rows], dtype: 'u8', backend })),
    scales: lasting(tensor(scales, { shape, backend })),
    zeroPoints: zeroPoints && lasting(tensor(zeroPoints, { shape, dtype, backend })),
  }
}
