import { hashOf } from '../../data/cache.ts'

function weightFiles(files: ReadonlyMap<string, Uint8Array>): Uint8Array[] {
  return [...files].flatMap(([name, file]) => (name.endsWith('.safetensors') ? [file] : []))
}

/** SHA-256 of the file of weights; of shards, of their hashes. */
export function weightsHash(files: ReadonlyMap<string, Uint8Array>): string {
  const hashes = weightFiles(files).map(hashOf)
  return hashes.length === 1 ? hashes[0]! : hashOf(hashes)
}

/** Bytes of all files of weights. */
export function weightBytes(files: ReadonlyMap<string, Uint8Array>): number {
  return weightFiles(files).reduce((sum, { length }) => sum + length, 0)
}
