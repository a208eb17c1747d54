import type { Parameter } from '@tlc/nn'
import { type Mask, maskOf, setMask } from './mask.ts'

/** Masks by parameter name, one bit for each entry: bit i mod 8 of byte ⌊i / 8⌋ is 1 where entry i is kept. */
export type MaskBits = ReadonlyMap<string, Uint8Array>

/** The masks on the given parameters, packed: ⌈n / 8⌉ bytes for n entries, unused bits 0. */
export function saveMasks(parameters: ReadonlyMap<string, Parameter>): Map<string, Uint8Array> {
  const saved = new Map<string, Uint8Array>()
  for (const [name, parameter] of parameters) {
    const mask = maskOf(parameter)
    if (mask) saved.set(name, packMask(mask))
  }
  return saved
}

/**
 * Sets saved masks on the parameters of the same names; other parameters keep theirs.
 *
 * @throws Error if a name is unknown or bits do not fit the parameter; then no mask is changed
 */
export function loadMasks(parameters: ReadonlyMap<string, Parameter>, saved: MaskBits): void {
  const masks = [...saved].map(([name, bits]) => {
    const parameter = parameters.get(name)
    if (!parameter) throw new Error(`loadMasks: there is a mask for '${name}', but no parameter of that name was given`)
    return { parameter, mask: unpackMask(bits, parameter.stored.size, name) }
  })
  for (const { parameter, mask } of masks) setMask(parameter, mask)
}

function packMask(mask: Mask): Uint8Array {
  const bits = new Uint8Array(Math.ceil(mask.length / 8))
  for (let index = 0; index < mask.length; index++) bits[index >> 3]! |= mask[index]! << (index & 7)
  return bits
}

function unpackMask(bits: Uint8Array, size: number, name: string): Mask {
  const expected = Math.ceil(size / 8)
  if (bits.length !== expected) {
    throw new RangeError(
      `loadMasks: '${name}' has ${size} entries, so its mask takes ${expected} bytes, got ${bits.length}`,
    )
  }
  return Uint8Array.from({ length: size }, (_, index) => (bits[index >> 3]! >> (index & 7)) & 1)
}
