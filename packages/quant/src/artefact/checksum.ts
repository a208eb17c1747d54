import type { StoredTensor } from '@tlc/nn'

/** The remainder of each byte, shifted by 8, divided by the polynomial 0x04C11DB7, bits reflected. */
const table: Uint32Array = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1
  return rest
})

/**
 * CRC-32, as in gzip, in 8 hexadecimal digits, of all that an artefact's file says: metadata, and name, type, shape and bytes
 * of each tensor, by their names. It finds every change of up to 32 bits in a row, and others but one in 2³².
 *
 * @see Peterson & Brown 1961, Cyclic codes for error detection
 */
export function checksumOf(tensors: ReadonlyMap<string, StoredTensor>, metadata: ReadonlyMap<string, string>): string {
  let rest = 0xffffffff
  const add = (bytes: Uint8Array): void => {
    for (let index = 0; index < bytes.length; index++) rest = (rest >>> 8) ^ table[(rest ^ bytes[index]!) & 255]!
  }
  const encoder = new TextEncoder()
  for (const [name, text] of [...metadata].sort(byName)) add(encoder.encode(JSON.stringify([name, text])))
  for (const [name, { type, shape, bytes }] of [...tensors].sort(byName)) {
    add(encoder.encode(JSON.stringify([name, type, shape])))
    add(bytes)
  }
  return ((rest ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0')
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : Number(a > b)
}
