import { type Parameter, parseSafetensors, type StoredTensor, serializeSafetensors } from '@tlc/nn'
import { type Mask, maskOf, removeMask, setMask } from './mask.ts'

/**
 * The masks on the given parameters as one safetensors file: under each name ⌈n / 8⌉ bytes (U8) for n entries, where bit
 * i mod 8 of byte ⌊i / 8⌋ is 1 if entry i is kept, and unused bits are 0. A parameter without a mask is left out.
 */
export function saveMasks(parameters: ReadonlyMap<string, Parameter>): Uint8Array {
  const stored = new Map<string, StoredTensor>()
  for (const [name, parameter] of parameters) {
    const mask = maskOf(parameter)
    if (!mask) continue
    const bytes = packMask(mask)
    stored.set(name, { type: 'U8', shape: [bytes.length], bytes })
  }
  return serializeSafetensors(stored)
}

/**
 * Sets saved masks on the parameters of the same names; those without one in the file lose theirs.
 *
 * @throws SafetensorsError if the file is corrupt
 * @throws Error if a name is unknown or a mask does not fit its parameter; then no mask is changed
 */
export function loadMasks(parameters: ReadonlyMap<string, Parameter>, file: Uint8Array): void {
  const masks = new Map<Parameter, Mask>()
  for (const [name, stored] of parseSafetensors(file).tensors) {
    const parameter = parameters.get(name)
    if (!parameter) throw new Error(`loadMasks: there is a mask for '${name}', but no parameter of that name was given`)
    masks.set(parameter, unpackMask(stored, parameter.stored.size, name))
  }
  for (const parameter of parameters.values()) {
    const mask = masks.get(parameter)
    if (mask) setMask(parameter, mask)
    else removeMask(parameter)
  }
}

function packMask(mask: Mask): Uint8Array {
  const bits = new Uint8Array(Math.ceil(mask.length / 8))
  for (let index = 0; index < mask.length; index++) bits[index >> 3]! |= mask[index]! << (index & 7)
  return bits
}

function unpackMask({ type, bytes }: StoredTensor, size: number, name: string): Mask {
  const expected = Math.ceil(size / 8)
  if (type !== 'U8' || bytes.length !== expected) {
    throw new RangeError(
      `loadMasks: '${name}' has ${size} entries, so its mask takes ${expected} bytes of U8, got ${bytes.length} of ${type}`,
    )
  }
  return Uint8Array.from({ length: size }, (_, index) => (bytes[index >> 3]! >> (index & 7)) & 1)
}
