import { sizeOf } from '@tlc/tensor'
import { decodeScales } from '../schemes/double-quantization.ts'
import { type FourBitFloatCodes, fourBitFloats } from '../schemes/four-bit-float.ts'
import type { Codec } from './codecs.ts'

/** Scales that share a scale, where they are quantized too. */
const scalesPerBlock = 256

/**
 * 4-bit floats. Where scales are quantized too, their codes are stored in their place, and as `scales` those of the codes
 * with the mean at the end.
 */
export const fourBitFloat: Codec<'block' | 'doubled'> = {
  body: 'codes',
  settings: ['block', 'doubled'],
  bits: () => 4,
  bodyCount: sizeOf,
  sides({ block, doubled, shape }) {
    const count = Math.ceil(sizeOf(shape) / block)
    return doubled ? { scaleCodes: count, scales: Math.ceil(count / scalesPerBlock) + 1 } : { scales: count }
  },
  zeros({ scheme, shape }) {
    const values = fourBitFloats[scheme as FourBitFloatCodes['scheme']]
    return new Uint8Array(sizeOf(shape)).fill(values.indexOf(0))
  },
  problem: (_, { scales }) => (scales!.every(Number.isFinite) ? undefined : 'a scale is not finite'),
  flatten(encoded) {
    const { doubled, ...rest } = encoded as FourBitFloatCodes
    if (!doubled) return { ...rest, doubled: false }
    const scales = Float32Array.of(...doubled.scales, doubled.mean)
    return { ...rest, doubled: true, scaleCodes: doubled.codes, scales }
  },
  assemble({ doubled: isDoubled, scaleCodes, ...flat }) {
    const rest = flat as unknown as FourBitFloatCodes
    if (!isDoubled) return rest
    const doubled = { codes: scaleCodes!, scales: rest.scales.slice(0, -1), mean: rest.scales.at(-1)! }
    return { ...rest, scales: decodeScales(doubled), doubled }
  },
}
