import type { View } from '../../backend.ts'
import { type PackedWeights, packedRowBytes } from '../../composites/weight-only.ts'
import type { Binding } from '../device/program.ts'
import { codeWords } from './words.ts'

/** What the code that reads packed weights depends on. */
export interface PackedLayout extends Pick<PackedWeights, 'bits' | 'group'> {
  /** their type; without any, z = 2^(bits - 1) */
  readonly zeros: 'u8' | 'f32' | 'none'
  /** whether rows of codes are made of whole words */
  readonly wholeWords: boolean
}

/** @param size weights of a row */
export function packedLayout(
  [, , zeroPoints]: readonly View[],
  { bits, group, zeroPoints: given }: PackedWeights,
  size: number,
): PackedLayout {
  const zeros = given ? (zeroPoints!.dtype as 'u8' | 'f32') : 'none'
  return { bits, group, zeros, wholeWords: packedRowBytes(size, bits) % 4 === 0 }
}

export function packedKey({ bits, group, zeros, wholeWords }: PackedLayout): string {
  return `packed ${bits} ${group} ${zeros} ${wholeWords}`
}

/** Codes, scales and zero points, in the order of a composite's inputs. */
export function packedBindings({ zeros }: PackedLayout): readonly Binding[] {
  const points = zeros === 'none' ? [] : [{ name: 'zeros', element: zeros === 'u8' ? 'u32' : 'f32' }]
  return [{ name: 'codes', element: 'u32' }, { name: 'scales', element: 'f32' }, ...points]
}

const shifts = { 4: 'vec4u(0u, 4u, 8u, 12u)', 8: 'vec4u(0u, 8u, 16u, 24u)' } as const
const neighbours = 'vec4u(0u, 1u, 2u, 3u)'

/** A vector of what `read` says of each of four places `at.x` to `at.w`. */
function each(read: (at: string) => string): string {
  return `vec4f(${['at.x', 'at.y', 'at.z', 'at.w'].map(read).join(', ')})`
}

/**
 * Weights (c - z) · scale as numbers, from rows of `parameters.inner` of them: `weightsOf(codes, row, k) -> vec4f` are
 * places k to k + 3, a multiple of 4, from bits whose lowest are theirs, and `weightsAt(row, k)` finds those as well.
 * Beyond the end of a row there are numbers, which anything may be.
 */
export function packedReader({ bits, group, zeros, wholeWords }: PackedLayout): string {
  const perWord = 32 / bits
  // Four neighbours have one scale wherever groups are made of fours.
  const shared = group % 4 === 0
  const groups = `((parameters.inner + ${group - 1}u) / ${group}u)`
  const at = shared
    ? `row * ${groups} + min(k, parameters.inner - 1u) / ${group}u`
    : `vec4u(row * ${groups}) + min(vec4u(k) + ${neighbours}, vec4u(parameters.inner - 1u)) / vec4u(${group}u)`
  const perGroup = (read: (at: string) => string): string => (shared ? read('at') : each(read))
  const point = (place: string): string =>
    zeros === 'u8' ? `f32((zeros[${place} / 4u] >> (8u * (${place} % 4u))) & 255u)` : `zeros[${place}]`
  const zero = zeros === 'none' ? `vec4f(${2 ** (bits - 1)}.0)` : `vec4f(${perGroup(point)})`
  return `${codeWords(`((parameters.inner * ${bits}u + 7u) / 8u)`, wholeWords)}
fn weightsOf(codes: u32, row: u32, k: u32) -> vec4f {
  let at = ${at};
  let whole = (vec4u(codes) >> ${shifts[bits]}) & vec4u(${2 ** bits - 1}u);
  return (vec4f(whole) - ${zero}) * ${perGroup((place) => `scales[${place}]`)};
}
fn weightsAt(row: u32, k: u32) -> vec4f {
  return weightsOf(codeWord(row, k / ${perWord}u)${bits === 4 ? ' >> (4u * (k % 8u))' : ''}, row, k);
}
`
}
