/*
 * Constants of the elementary functions lie in memory: engines rebuild a v128.const by several instructions wherever it
 * is used, and load one from memory by one.
 *
 * The functions work on four f32 at once, within the same error in both builds. The coefficients are minimax fits made
 * for this folder. Largest errors against float64, in units of the last place: see docs/performance.md.
 */
import { splat } from '../lanes'

/** Entry `index` of a table, four times. */
// @ts-ignore: decorator
@inline
export function entry(table: usize, index: usize): v128 {
  return v128.load32_splat(table + (index << 2))
}

// @ts-ignore: decorator
@inline
export function signOf(x: v128): v128 {
  return v128.and(x, splat(-0.0))
}

/** ln 2 in two parts; products of the first with whole numbers below 2⁹ are exact. */
export const LN2 = memory.data<f32>([0.693145751953125, 1.4286068203094173e-6])
