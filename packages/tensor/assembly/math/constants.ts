/*
 * What the elementary functions share. They work on four f32 at once, within the same error in both builds. The coefficients are minimax fits made
 * for this folder. Largest errors against float64, in units of the last place: see docs/performance.md.
 */
import { entry } from '../lanes'

const SIGN = memory.data<u32>([0x80000000])

// @ts-ignore: decorator
@inline
export function signOf(x: v128): v128 {
  return v128.and(x, entry(SIGN, 0))
}

/** ln 2 in two parts, and less than nothing; products of the first with whole numbers below 2⁹ are exact. */
export const LN2 = memory.data<f32>([0.693145751953125, 1.4286068203094173e-6, -0.693145751953125, -1.4286068203094173e-6])
