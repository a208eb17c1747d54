import { parseSafetensors, serializeSafetensors } from '@tlc/nn'
import { checksumOf } from '../src/artefact/checksum.ts'

/** A changed artefact with a checksum that fits the change, as if someone meant it, so that all behind the checksum is tried. */
export function resealed(file: Uint8Array): Uint8Array {
  try {
    const { tensors, metadata } = parseSafetensors(file)
    const others = new Map([...metadata].filter(([name]) => name !== 'tlc.checksum'))
    return serializeSafetensors(tensors, others.set('tlc.checksum', checksumOf(tensors, others)))
  } catch {
    return file
  }
}
