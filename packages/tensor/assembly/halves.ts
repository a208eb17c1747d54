/*
 * Floating-point numbers of 16 bits, four at once, each in the lower half of a word.
 */
import { choose, entry } from './lanes'

/** Bits of f16: all but the sign, the largest finite, the sign, those of infinity, of NaN */
const HALF = memory.data<i32>([0x7fff, 0x7bff, 0x8000, 0x7c00, 0x7e00])
/** Bits of f32: all but the sign, of infinity; 1; half a unit of f16 less 1, and of bf16; 112 exponents of f16; those of ½; bf16 NaN */
const SINGLE = memory.data<i32>([0x7fffffff, 0x7f800000, 1, 0xfff, 0x7fff, 0x1c000, 0x3f000000, 0x7fc0])
/** 2¹¹², ½, 2⁻¹⁴ */
const SCALE = memory.data<f32>([5.192296858534828e33, 0.5, 6.103515625e-5])

/** f32 of 16 bits: 5 of exponent, 10 of fraction. Multiplying by 2¹¹² moves the exponent, and makes small ones normal. */
// @ts-ignore: decorator
@inline
export function decodeFloat16(bits: v128): v128 {
  const magnitude = v128.and(bits, entry(HALF, 0))
  const scaled = f32x4.mul(i32x4.shl(magnitude, 13), entry(SCALE, 0))
  const special = v128.and(i32x4.gt_u(magnitude, entry(HALF, 1)), entry(SINGLE, 1))
  const sign = i32x4.shl(v128.and(bits, entry(HALF, 2)), 16)
  return v128.or(v128.or(scaled, special), sign)
}

/**
 * 16 bits of f32, nearest, halves to even. Below 2⁻¹⁴ adding ½ leaves the rounded fraction in the lowest bits; above,
 * half of a unit is added to the bits, whose carry goes on into the exponent.
 */
// @ts-ignore: decorator
@inline
export function encodeFloat16(x: v128): v128 {
  const magnitude = v128.and(x, entry(SINGLE, 0))
  const small = i32x4.sub(f32x4.add(magnitude, entry(SCALE, 1)), entry(SINGLE, 6))
  const odd = v128.and(i32x4.shr_u(magnitude, 13), entry(SINGLE, 2))
  const rounded = i32x4.shr_u(i32x4.add(i32x4.add(magnitude, entry(SINGLE, 3)), odd), 13)
  const normal = i32x4.min_u(i32x4.sub(rounded, entry(SINGLE, 5)), entry(HALF, 3))
  const number = choose(f32x4.lt(magnitude, entry(SCALE, 2)), small, normal)
  const bits = choose(f32x4.eq(x, x), number, entry(HALF, 4))
  return v128.or(bits, v128.and(i32x4.shr_u(x, 16), entry(HALF, 2)))
}

/** The upper 16 bits of f32, nearest, halves to even. */
// @ts-ignore: decorator
@inline
export function encodeBfloat16(x: v128): v128 {
  const odd = v128.and(i32x4.shr_u(x, 16), entry(SINGLE, 2))
  const rounded = i32x4.shr_u(i32x4.add(i32x4.add(x, entry(SINGLE, 4)), odd), 16)
  return choose(f32x4.eq(x, x), rounded, entry(SINGLE, 7))
}
