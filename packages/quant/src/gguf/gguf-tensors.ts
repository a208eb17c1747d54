import type { Artefact } from '../artefact/artefact.ts'
import { decode } from '../decode.ts'
import { type GgufTensor, tensorTypes } from './format.ts'

/** The tensors of an artefact as GGUF has them: llama.cpp's blocks and f32 as they are, all others decoded to f32. */
export function ggufTensors({ tensors }: Pick<Artefact, 'tensors'>): Map<string, GgufTensor> {
  return new Map(
    [...tensors].map(([name, encoded]) => {
      if (Object.hasOwn(tensorTypes, encoded.scheme)) return [name, encoded as GgufTensor]
      return [name, { scheme: 'f32', shape: encoded.shape, values: decode(encoded) }]
    }),
  )
}
