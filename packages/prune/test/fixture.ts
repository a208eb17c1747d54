import { readFileSync } from 'node:fs'
import { parseSafetensors } from '@tlc/nn'

const read = (file: string): Buffer => readFileSync(new URL(`./fixtures/${file}`, import.meta.url))

/** Numbers of a fixture's tensor, in row-major order. */
export interface FixtureTensor {
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

const arrays = { BOOL: Uint8Array, F32: Float32Array, F64: Float64Array, I32: Int32Array, U8: Uint8Array }

/** A tensor of a case: what PyTorch or the authors' code was given (`in.*`) and gave (`out.*`). */
export function fixtureTensor(file: string, name: string): FixtureTensor {
  const found = parseSafetensors(read(file)).tensors.get(name)
  if (!found) throw new Error(`${file} has no tensor ${name}`)
  const array = arrays[found.type as keyof typeof arrays]
  return { shape: found.shape, values: Array.from(new array(new Uint8Array(found.bytes).buffer)) }
}

/** The cases whose name begins so, with their settings. */
export function fixtureCases<Case extends { readonly name: string; readonly file: string }>(prefix: string): Case[] {
  const { fixtures } = JSON.parse(read('index.json').toString()) as { readonly fixtures: readonly Case[] }
  const cases = fixtures.filter(({ name }) => name.startsWith(prefix))
  if (cases.length === 0) throw new Error(`there is no fixture ${prefix}*`)
  return cases
}

/** A schedule of sparsities and its values at steps 0, 1, …. */
export interface ScheduleCase {
  readonly s_i: number
  readonly s_f: number
  readonly t0: number
  readonly n: number
  readonly dt: number
  readonly s: readonly number[]
}

/** Zhu and Gupta's cubic schedules. */
export function scheduleCases(): readonly ScheduleCase[] {
  return (JSON.parse(read('index.json').toString()) as { readonly schedules: { readonly cases: ScheduleCase[] } })
    .schedules.cases
}
