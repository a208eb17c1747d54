import type { View } from '../../backend.ts'
import type { DType } from '../../dtype.ts'
import type { Binding } from '../device/program.ts'

/**
 * How a kernel that makes four elements at a time finds those of an operand: at the same place; one for all; four in a
 * row; one for these four; or each by itself.
 */
export type Mode = 'same' | 'one' | 'row' | 'splat' | 'walk'

/** The type in WGSL of one element. */
export const elementType: { readonly [D in DType]?: 'f32' | 'f16' | 'i32' | 'u32' } = {
  f32: 'f32',
  f16: 'f16',
  i32: 'i32',
  u32: 'u32',
  bool: 'u32',
}

/** The type in which four elements are computed: f16 as f32. */
export function vectorType(dtype: DType): string {
  return dtype === 'f16' ? 'vec4f' : `vec4<${elementType[dtype]!}>`
}

/** Four results of `vectorType` as they are stored: f16 is rounded. */
export function stored(dtype: DType, vector: string): string {
  return dtype === 'f16' ? `half4(${vector})` : vector
}

const byVector: { readonly [M in Mode]: boolean } = { same: true, row: true, one: false, splat: false, walk: false }

/** The buffer of an operand that is read so. Four bools are one word. */
export function operandBinding(name: string, { dtype }: Pick<View, 'dtype'>, mode: Mode): Binding {
  const element = elementType[dtype]!
  return { name, element: byVector[mode] && dtype !== 'bool' ? `vec4<${element}>` : element }
}

/** Four elements, as a vector; `at`, for the modes that need it, is where the operand's element is, or a list of four. */
export function readQuad(name: string, { dtype }: Pick<View, 'dtype'>, mode: Mode, at: string): string {
  if (dtype === 'bool') return readBools(name, mode, at)
  const read: { readonly [M in Mode]: string } = {
    same: `${name}[index]`,
    one: `${name}[0]`,
    row: `${name}[${at} / 4u]`,
    splat: `${name}[${at}]`,
    walk: [0, 1, 2, 3].map((k) => scalar(dtype, `${name}[${at}${k}]`)).join(', '),
  }
  return `${vectorType(dtype)}(${mode === 'one' || mode === 'splat' ? scalar(dtype, read[mode]) : read[mode]})`
}

/** One element, as a number to compute with. */
function scalar(dtype: DType, element: string): string {
  return dtype === 'f16' ? `f32(${element})` : element
}

function readBools(name: string, mode: Mode, at: string): string {
  const four = (word: string): string => `((vec4u(${word}) >> vec4u(0u, 8u, 16u, 24u)) & vec4u(255u))`
  const one = (place: string): string => `((${name}[${place} / 4u] >> (8u * (${place} % 4u))) & 255u)`
  const read: { readonly [M in Mode]: string } = {
    same: four(`${name}[index]`),
    one: `vec4u(${name}[0] & 255u)`,
    row: four(`${name}[${at} / 4u]`),
    splat: `vec4u(${one(at)})`,
    walk: `vec4u(${[0, 1, 2, 3].map((k) => one(`${at}${k}`)).join(', ')})`,
  }
  return read[mode]
}

/** Four bools as the word that holds them. */
export function packBools(vector: string): string {
  return `dot(vec4u(${vector}), vec4u(1u, 256u, 65536u, 16777216u))`
}
