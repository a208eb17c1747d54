/*
 * The same values in another element type. Types are numbers here, in the order of the table in src/wasm/cast.ts.
 * Each kernel does the elements [start, end); start is a multiple of 16, and the last vectors may run over the end, into
 * the rest of the last 64 bytes.
 *
 * Each cast is a loop of three parts: how eight elements become eight words, what happens to the words, and how words
 * are stored. Words are f32, or i32 between integers. Two types of which none is that are cast by way of it, a block at
 * a time, in the arena.
 */
import { arena, BLOCK_NUMBERS, blockOffset } from './arena'
import { decodeFloat16, encodeBfloat16, encodeFloat16 } from './halves'
import { entry, splat } from './lanes'

const F32 = 0
const F16 = 1
const BF16 = 2
const I32 = 3
const U32 = 4
const BOOL = 5
const I8 = 6


/** The largest i32. */
const LARGEST = memory.data<i32>([0x7fffffff])

/* Eight elements of `bytes` bytes each as two vectors of words: of what `raw` has loaded, or from memory. */

@unmanaged class Words {
  @inline bytes(): usize { return 4 }
  @inline raw(pointer: usize): v128 { return splat(0) }
  @inline lower(pointer: usize, raw: v128): v128 { return v128.load(pointer) }
  @inline upper(pointer: usize, raw: v128): v128 { return v128.load(pointer, 16) }
  @inline store(pointer: usize, lower: v128, upper: v128): void {
    v128.store(pointer, upper, 16)
    v128.store(pointer, lower)
  }
}
@unmanaged class Halves {
  @inline bytes(): usize { return 2 }
  @inline raw(pointer: usize): v128 { return v128.load(pointer) }
  @inline lower(pointer: usize, raw: v128): v128 { return i32x4.extend_low_i16x8_u(raw) }
  @inline upper(pointer: usize, raw: v128): v128 { return i32x4.extend_high_i16x8_u(raw) }
  @inline store(pointer: usize, lower: v128, upper: v128): void { v128.store(pointer, i16x8.narrow_i32x4_u(lower, upper)) }
}
/* Bytes saturate when they are stored. */
@unmanaged class SignedBytes {
  @inline bytes(): usize { return 1 }
  @inline raw(pointer: usize): v128 { return i16x8.extend_low_i8x16_s(v128.load64_zero(pointer)) }
  @inline lower(pointer: usize, raw: v128): v128 { return i32x4.extend_low_i16x8_s(raw) }
  @inline upper(pointer: usize, raw: v128): v128 { return i32x4.extend_high_i16x8_s(raw) }
  @inline store(pointer: usize, lower: v128, upper: v128): void {
    const halves = i16x8.narrow_i32x4_s(lower, upper)
    v128.store64_lane(pointer, i8x16.narrow_i16x8_s(halves, halves), 0)
  }
}
@unmanaged class UnsignedBytes {
  @inline bytes(): usize { return 1 }
  @inline raw(pointer: usize): v128 { return i16x8.extend_low_i8x16_u(v128.load64_zero(pointer)) }
  @inline lower(pointer: usize, raw: v128): v128 { return i32x4.extend_low_i16x8_u(raw) }
  @inline upper(pointer: usize, raw: v128): v128 { return i32x4.extend_high_i16x8_u(raw) }
  @inline store(pointer: usize, lower: v128, upper: v128): void {
    const halves = i16x8.narrow_i32x4_s(lower, upper)
    v128.store64_lane(pointer, i8x16.narrow_i16x8_u(halves, halves), 0)
  }
}
/** Words are masks. */
@unmanaged class Booleans {
  @inline bytes(): usize { return 1 }
  @inline store(pointer: usize, lower: v128, upper: v128): void {
    const halves = i16x8.narrow_i32x4_s(lower, upper)
    v128.store64_lane(pointer, v128.and(i8x16.narrow_i16x8_s(halves, halves), i8x16.splat(1)), 0)
  }
}

/* What happens to four words. */

@unmanaged class Nothing { @inline of(x: v128): v128 { return x } }
@unmanaged class FromFloat16 { @inline of(x: v128): v128 { return decodeFloat16(x) } }
@unmanaged class FromBfloat16 { @inline of(x: v128): v128 { return i32x4.shl(x, 16) } }
@unmanaged class FromSigned { @inline of(x: v128): v128 { return f32x4.convert_i32x4_s(x) } }
@unmanaged class FromUnsigned { @inline of(x: v128): v128 { return f32x4.convert_i32x4_u(x) } }
@unmanaged class ToFloat16 { @inline of(x: v128): v128 { return encodeFloat16(x) } }
@unmanaged class ToBfloat16 { @inline of(x: v128): v128 { return encodeBfloat16(x) } }
@unmanaged class ToSigned { @inline of(x: v128): v128 { return i32x4.trunc_sat_f32x4_s(x) } }
@unmanaged class ToUnsigned { @inline of(x: v128): v128 { return i32x4.trunc_sat_f32x4_u(x) } }
@unmanaged class NotZero { @inline of(x: v128): v128 { return f32x4.ne(x, splat(0)) } }
@unmanaged class NotZeroInteger { @inline of(x: v128): v128 { return i32x4.ne(x, splat(0)) } }
@unmanaged class AtMostSigned { @inline of(x: v128): v128 { return i32x4.min_u(x, entry(LARGEST, 0)) } }
@unmanaged class AtLeastZero { @inline of(x: v128): v128 { return i32x4.max_s(x, splat(0)) } }

function convert<Source, Change, Target>(x: usize, y: usize, count: usize): void {
  const source = changetype<Source>(0)
  const change = changetype<Change>(0)
  const target = changetype<Target>(0)
  for (let i: usize = 0; i < count; i += 8) {
    const from = x + i * source.bytes()
    const raw = source.raw(from)
    const lower = change.of(source.lower(from, raw))
    const upper = change.of(source.upper(from, raw))
    target.store(y + i * target.bytes(), lower, upper)
  }
}

function toFloats(from: i32, x: usize, y: usize, count: usize): void {
  if (from == F16) convert<Halves, FromFloat16, Words>(x, y, count)
  else if (from == BF16) convert<Halves, FromBfloat16, Words>(x, y, count)
  else if (from == I32) convert<Words, FromSigned, Words>(x, y, count)
  else if (from == U32) convert<Words, FromUnsigned, Words>(x, y, count)
  else if (from == I8) convert<SignedBytes, FromSigned, Words>(x, y, count)
  else convert<UnsignedBytes, FromSigned, Words>(x, y, count)
}

function fromFloats(to: i32, x: usize, y: usize, count: usize): void {
  if (to == F16) convert<Words, ToFloat16, Halves>(x, y, count)
  else if (to == BF16) convert<Words, ToBfloat16, Halves>(x, y, count)
  else if (to == I32) convert<Words, ToSigned, Words>(x, y, count)
  else if (to == U32) convert<Words, ToUnsigned, Words>(x, y, count)
  else if (to == BOOL) convert<Words, NotZero, Booleans>(x, y, count)
  else if (to == I8) convert<Words, ToSigned, SignedBytes>(x, y, count)
  else convert<Words, ToSigned, UnsignedBytes>(x, y, count)
}

/** u32 saturates. */
function toIntegers(from: i32, x: usize, y: usize, count: usize): void {
  if (from == U32) convert<Words, AtMostSigned, Words>(x, y, count)
  else if (from == I8) convert<SignedBytes, Nothing, Words>(x, y, count)
  else convert<UnsignedBytes, Nothing, Words>(x, y, count)
}

function fromIntegers(to: i32, x: usize, y: usize, count: usize): void {
  if (to == U32) convert<Words, AtLeastZero, Words>(x, y, count)
  else if (to == BOOL) convert<Words, NotZeroInteger, Booleans>(x, y, count)
  else if (to == I8) convert<Words, Nothing, SignedBytes>(x, y, count)
  else convert<Words, Nothing, UnsignedBytes>(x, y, count)
}

function bytesOf(type: i32): usize {
  if (type == F32 || type == I32 || type == U32) return 4
  return type == F16 || type == BF16 ? 2 : 1
}

/** From or to f32, f16 or bf16. Integers become f32 first. */
export function castFloats(from: i32, to: i32, x: usize, y: usize, start: usize, end: usize): void {
  const read = bytesOf(from)
  const written = bytesOf(to)
  const words = arena() + blockOffset
  for (let i = start; i < end; i += BLOCK_NUMBERS) {
    const source = x + i * read
    const target = y + i * written
    const count = min(BLOCK_NUMBERS, end - i)
    if (to == F32) toFloats(from, source, target, count)
    else if (from == F32) fromFloats(to, source, target, count)
    else {
      toFloats(from, source, words, count)
      fromFloats(to, words, target, count)
    }
  }
}

/** Between integers of different types, and bool. */
export function castIntegers(from: i32, to: i32, x: usize, y: usize, start: usize, end: usize): void {
  const read = bytesOf(from)
  const written = bytesOf(to)
  const words = arena() + blockOffset
  for (let i = start; i < end; i += BLOCK_NUMBERS) {
    const source = x + i * read
    const target = y + i * written
    const count = min(BLOCK_NUMBERS, end - i)
    if (to == I32) toIntegers(from, source, target, count)
    else if (from == I32) fromIntegers(to, source, target, count)
    else {
      toIntegers(from, source, words, count)
      fromIntegers(to, words, target, count)
    }
  }
}
