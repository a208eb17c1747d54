/*
 * The same values in another element type. Types are numbers here, in the order of the table in src/wasm/cast.ts.
 * Each kernel does the elements [start, end); start is a multiple of 16, and the last vector may run over the end, into
 * the rest of the last 64 bytes.
 */
import { choose, entry, splat } from './lanes'

const F32 = 0
const F16 = 1
const BF16 = 2
const I32 = 3
const U32 = 4
const BOOL = 5
const I8 = 6

/** Bits of f16: all but the sign, the largest finite, the sign, those of infinity, of NaN */
const HALF = memory.data<i32>([0x7fff, 0x7bff, 0x8000, 0x7c00, 0x7e00])
/** Bits of f32: all but the sign, of infinity; 1; half a unit of f16 less 1, and of bf16; 112 exponents of f16; those of ½; bf16 NaN */
const SINGLE = memory.data<i32>([0x7fffffff, 0x7f800000, 1, 0xfff, 0x7fff, 0x1c000, 0x3f000000, 0x7fc0])
/** 2¹¹², ½, 2⁻¹⁴ */
const SCALE = memory.data<f32>([5.192296858534828e33, 0.5, 6.103515625e-5])

/** Four elements of two bytes, extended with zeros. */
function loadHalves(pointer: usize): v128 {
  return i32x4.extend_low_i16x8_u(v128.load64_zero(pointer))
}

/** Four elements of one byte, extended with their sign or with zeros. */
function loadBytes(pointer: usize, signed: bool): v128 {
  const bytes = v128.load32_zero(pointer)
  if (signed) return i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(bytes))
  return i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes))
}

/** f32 of 16 bits: 5 of exponent, 10 of fraction. Multiplying by 2¹¹² moves the exponent, and makes small ones normal. */
function decodeFloat16(bits: v128): v128 {
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
function encodeFloat16(x: v128): v128 {
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
function encodeBfloat16(x: v128): v128 {
  const odd = v128.and(i32x4.shr_u(x, 16), entry(SINGLE, 2))
  const rounded = i32x4.shr_u(i32x4.add(i32x4.add(x, entry(SINGLE, 4)), odd), 16)
  return choose(f32x4.eq(x, x), rounded, entry(SINGLE, 7))
}

function storeHalves(pointer: usize, value: v128): void {
  v128.store64_lane(pointer, i16x8.narrow_i32x4_u(value, value), 0)
}

/** Four bytes of four i32, saturating. */
function storeBytes(pointer: usize, value: v128, signed: bool): void {
  const halves = i16x8.narrow_i32x4_s(value, value)
  const bytes = signed ? i8x16.narrow_i16x8_s(halves, halves) : i8x16.narrow_i16x8_u(halves, halves)
  v128.store32_lane(pointer, bytes, 0)
}

/** 1 where the mask is set. */
function storeBooleans(pointer: usize, mask: v128): void {
  storeBytes(pointer, v128.and(mask, entry(SINGLE, 2)), false)
}

function bytesOf(type: i32): usize {
  if (type == F32 || type == I32 || type == U32) return 4
  return type == F16 || type == BF16 ? 2 : 1
}

function loadFloats(type: i32, pointer: usize): v128 {
  if (type == F32) return v128.load(pointer)
  if (type == F16) return decodeFloat16(loadHalves(pointer))
  if (type == BF16) return i32x4.shl(loadHalves(pointer), 16)
  if (type == U32) return f32x4.convert_i32x4_u(v128.load(pointer))
  return f32x4.convert_i32x4_s(loadIntegers(type, pointer))
}

/** Integers as i32; u32 saturates. */
function loadIntegers(type: i32, pointer: usize): v128 {
  if (type == I32) return v128.load(pointer)
  if (type == U32) return i32x4.min_u(v128.load(pointer), i32x4.splat(0x7fffffff))
  return type == I8 ? loadBytes(pointer, true) : loadBytes(pointer, false)
}

function storeFloats(type: i32, pointer: usize, x: v128): void {
  if (type == F32) v128.store(pointer, x)
  else if (type == F16) storeHalves(pointer, encodeFloat16(x))
  else if (type == BF16) storeHalves(pointer, encodeBfloat16(x))
  else if (type == I32) v128.store(pointer, i32x4.trunc_sat_f32x4_s(x))
  else if (type == U32) v128.store(pointer, i32x4.trunc_sat_f32x4_u(x))
  else if (type == BOOL) storeBooleans(pointer, f32x4.ne(x, splat(0)))
  else if (type == I8) storeBytes(pointer, i32x4.trunc_sat_f32x4_s(x), true)
  else storeBytes(pointer, i32x4.trunc_sat_f32x4_s(x), false)
}

function storeIntegers(type: i32, pointer: usize, x: v128): void {
  if (type == I32) v128.store(pointer, x)
  else if (type == U32) v128.store(pointer, i32x4.max_s(x, i32x4.splat(0)))
  else if (type == BOOL) storeBooleans(pointer, i32x4.ne(x, i32x4.splat(0)))
  else if (type == I8) storeBytes(pointer, x, true)
  else storeBytes(pointer, x, false)
}

/** From or to f32, f16 or bf16. Integers become f32 first. */
export function castFloats(from: i32, to: i32, x: usize, y: usize, start: usize, end: usize): void {
  const read = bytesOf(from)
  const written = bytesOf(to)
  for (let i = start; i < end; i += 4) storeFloats(to, y + i * written, loadFloats(from, x + i * read))
}

/** Between integers of different types, and bool. */
export function castIntegers(from: i32, to: i32, x: usize, y: usize, start: usize, end: usize): void {
  const read = bytesOf(from)
  const written = bytesOf(to)
  for (let i = start; i < end; i += 4) storeIntegers(to, y + i * written, loadIntegers(from, x + i * read))
}
