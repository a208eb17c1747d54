import { readFileSync } from 'node:fs'
import { parseSafetensors } from '@tlc/nn'

const read = (file: string): Buffer => readFileSync(new URL(`./fixtures/${file}`, import.meta.url))

/** Numbers of a fixture's tensor, in row-major order. */
export interface FixtureTensor {
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

const arrays = { F32: Float32Array, F64: Float64Array, I32: Int32Array, U8: Uint8Array, I8: Int8Array }

function readI64(bytes: ArrayBuffer): number[] {
  return Array.from(new BigInt64Array(bytes), Number)
}

/** A tensor of a case: what PyTorch or the authors' code was given (`in.*`) and gave (`out.*`). */
export function fixtureTensor(file: string, name: string): FixtureTensor {
  const found = parseSafetensors(read(file)).tensors.get(name)
  if (!found) throw new Error(`${file} has no tensor ${name}`)
  const bytes = new Uint8Array(found.bytes).buffer
  const values =
    found.type === 'I64' ? readI64(bytes) : Array.from(new arrays[found.type as keyof typeof arrays](bytes))
  return { shape: found.shape, values }
}

/** The cases whose name begins so, with their settings. */
export function fixtureCases<Case extends { readonly name: string; readonly file: string }>(prefix: string): Case[] {
  const { fixtures } = JSON.parse(read('index.json').toString()) as { readonly fixtures: readonly Case[] }
  const cases = fixtures.filter(({ name }) => name.startsWith(prefix))
  if (cases.length === 0) throw new Error(`there is no fixture ${prefix}*`)
  return cases
}
