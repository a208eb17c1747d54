import type { Binding } from '../device/program.ts'
import { upTo } from '../product/totals.ts'
import { codesAtOnce } from './whole-rows.ts'
import { codeWords } from './words.ts'

/** What the code depends on. */
export interface WholeLayout {
  /** whether rows of codes are made of vectors of words, or of words */
  readonly codes: 'vectors' | 'words' | 'bytes'
  /** whether there are dot products of packed codes */
  readonly packedDot: boolean
  readonly biased: boolean
}

/** Rows of x and their steps, rows of weights and their scales. */
export const wholeBindings = ({ codes }: WholeLayout): readonly Binding[] => [
  { name: 'q', element: 'vec4u' },
  { name: 'steps', element: 'f32' },
  { name: 'codes', element: codes === 'vectors' ? 'vec4u' : 'u32' },
  { name: 'scales', element: 'f32' },
]

/**
 * `qAt(row, k)` and `codesAt(row, k)`, 16 codes from place k on, which is a multiple of 16: beyond the last of a row q has
 * zeros, and codes anything. `dotOf(a, b)` sums the products of four codes and four others, each of them `codesOf` a word:
 * the word itself, or four numbers, whose sum f32 holds.
 */
export function wholeReader({ codes, packedDot }: WholeLayout): string {
  const vectors = `((parameters.inner + ${codesAtOnce - 1}u) / ${codesAtOnce}u)`
  const word = (i: number): string => `codeWord(row, k / 4u + ${i}u)`
  return `fn qAt(row: u32, k: u32) -> vec4u {
  return select(vec4u(), q[row * ${vectors} + min(k / ${codesAtOnce}u, ${vectors} - 1u)], k < parameters.inner);
}
${codes === 'vectors' ? '' : codeWords('parameters.inner', codes === 'words')}
fn codesAt(row: u32, k: u32) -> vec4u {
  return ${
    codes === 'vectors'
      ? `codes[row * ${vectors} + min(k / ${codesAtOnce}u, ${vectors} - 1u)]`
      : `vec4u(${upTo(4).map(word).join(', ')})`
  };
}
${packedDot ? packedDots : plainDots}`
}

const packedDots = `fn codesOf(word: u32) -> u32 { return word; }
fn dotOf(a: u32, b: u32) -> i32 { return dot4I8Packed(a, b); }
`

const plainDots = `fn codesOf(word: u32) -> vec4f {
  return vec4f(vec4i(vec4u(word) << vec4u(24u, 16u, 8u, 0u)) >> vec4u(24u));
}
fn dotOf(a: vec4f, b: vec4f) -> i32 { return i32(dot(a, b)); }
`
