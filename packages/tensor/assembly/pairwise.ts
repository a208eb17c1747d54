/*
 * Elementwise kernels of two inputs that broadcast, walked as loops.ts says. Each does the elements [start, end) of its
 * output.
 */
import { repeated } from './arena'
import { loadSplat, storeOne } from './lanes'
import { lengthOf, rowOffset, stepOf } from './loops'

/** From 32 bytes of either input, all that follows of the output: 32 bytes, or eight booleans. */
function combineVectors<F, In, Out>(left: usize, right: usize, output: usize): void {
  const f = changetype<F>(0)
  const first = f.of(v128.load(left), v128.load(right))
  const second = f.of(v128.load(left, 16), v128.load(right, 16))
  if (sizeof<Out>() == 4) {
    v128.store(output, second, 16)
    v128.store(output, first)
  } else if (sizeof<In>() == 1) {
    v128.store(output, v128.and(second, i8x16.splat(1)), 16)
    v128.store(output, v128.and(first, i8x16.splat(1)))
  } else {
    const halves = i16x8.narrow_i32x4_s(first, second)
    v128.store64_lane(output, v128.and(i8x16.narrow_i16x8_s(halves, halves), i8x16.splat(1)), 0)
  }
}

/** y = F(a, b): elements of type In to elements of type Out. F is a class of one method `of`, of masks where Out is bool. */
function combine<F, In, Out>(a: usize, b: usize, y: usize, loops: usize, start: usize, end: usize): void {
  const f = changetype<F>(0)
  const length = lengthOf(loops)
  const stepA = stepOf(loops, 0) * sizeof<In>()
  const stepB = stepOf(loops, 1) * sizeof<In>()
  const atOnce: usize = 32 / sizeof<In>()
  for (let i = start; i < end; ) {
    const row = i / length
    const column = i - row * length
    const count = min(length - column, end - i)
    let left = a + rowOffset(row, loops, 2, 0) + column * stepA
    let right = b + rowOffset(row, loops, 2, 1) + column * stepB
    if (!stepA) left = repeated<In>(left, 0)
    if (!stepB) right = repeated<In>(right, 1)
    let output = y + i * sizeof<Out>()
    let rest = count
    for (; rest >= atOnce; rest -= atOnce) {
      combineVectors<F, In, Out>(left, right, output)
      left += atOnce * stepA
      right += atOnce * stepB
      output += atOnce * sizeof<Out>()
    }
    for (; rest > 0; rest--) {
      const result = f.of(loadSplat<In>(left), loadSplat<In>(right))
      storeOne<Out>(output, sizeof<Out>() == 4 ? result : v128.and(result, i8x16.splat(1)))
      left += stepA
      right += stepB
      output += sizeof<Out>()
    }
    i += count
  }
}

/** a / b toward zero; x / 0 = 0, and -2³¹ / -1 wraps. */
function quotientSigned(a: i32, b: i32): i32 {
  if (b == 0) return 0
  return b == -1 ? -a : a / b
}

/** a / b toward zero; x / 0 = 0. */
function quotientUnsigned(a: u32, b: u32): u32 {
  return b == 0 ? 0 : a / b
}

@unmanaged class Add { @inline of(a: v128, b: v128): v128 { return f32x4.add(a, b) } }
@unmanaged class AddInteger { @inline of(a: v128, b: v128): v128 { return i32x4.add(a, b) } }
@unmanaged class Sub { @inline of(a: v128, b: v128): v128 { return f32x4.sub(a, b) } }
@unmanaged class SubInteger { @inline of(a: v128, b: v128): v128 { return i32x4.sub(a, b) } }
@unmanaged class Mul { @inline of(a: v128, b: v128): v128 { return f32x4.mul(a, b) } }
@unmanaged class MulInteger { @inline of(a: v128, b: v128): v128 { return i32x4.mul(a, b) } }
@unmanaged class Div { @inline of(a: v128, b: v128): v128 { return f32x4.div(a, b) } }
@unmanaged class DivSigned { @inline of(a: v128, b: v128): v128 {
  return i32x4(
    quotientSigned(i32x4.extract_lane(a, 0), i32x4.extract_lane(b, 0)),
    quotientSigned(i32x4.extract_lane(a, 1), i32x4.extract_lane(b, 1)),
    quotientSigned(i32x4.extract_lane(a, 2), i32x4.extract_lane(b, 2)),
    quotientSigned(i32x4.extract_lane(a, 3), i32x4.extract_lane(b, 3)),
  )
} }
@unmanaged class DivUnsigned { @inline of(a: v128, b: v128): v128 {
  return i32x4(
    quotientUnsigned(i32x4.extract_lane(a, 0), i32x4.extract_lane(b, 0)),
    quotientUnsigned(i32x4.extract_lane(a, 1), i32x4.extract_lane(b, 1)),
    quotientUnsigned(i32x4.extract_lane(a, 2), i32x4.extract_lane(b, 2)),
    quotientUnsigned(i32x4.extract_lane(a, 3), i32x4.extract_lane(b, 3)),
  )
} }
@unmanaged class Max { @inline of(a: v128, b: v128): v128 { return f32x4.max(a, b) } }
@unmanaged class MaxSigned { @inline of(a: v128, b: v128): v128 { return i32x4.max_s(a, b) } }
@unmanaged class MaxUnsigned { @inline of(a: v128, b: v128): v128 { return i32x4.max_u(a, b) } }
@unmanaged class Less { @inline of(a: v128, b: v128): v128 { return f32x4.lt(a, b) } }
@unmanaged class LessSigned { @inline of(a: v128, b: v128): v128 { return i32x4.lt_s(a, b) } }
@unmanaged class LessUnsigned { @inline of(a: v128, b: v128): v128 { return i32x4.lt_u(a, b) } }
@unmanaged class Equal { @inline of(a: v128, b: v128): v128 { return f32x4.eq(a, b) } }
@unmanaged class EqualInteger { @inline of(a: v128, b: v128): v128 { return i32x4.eq(a, b) } }
@unmanaged class EqualBool { @inline of(a: v128, b: v128): v128 { return i8x16.eq(a, b) } }

/** a + b, f32 */
export function add(a: usize, b: usize, y: usize, loops: usize, start: usize, end: usize): void {
  combine<Add, f32, f32>(a, b, y, loops, start, end)
}

/** a + b, i32 or u32; wraps */
export function addInteger(a: usize, b: usize, y: usize, loops: usize, start: usize, end: usize): void {
  combine<AddInteger, u32, u32>(a, b, y, loops, start, end)
}

/** a - b, f32 */
export function sub(a: usize, b: usize, y: usize, loops: usize, start: usize, end: usize): void {
  combine<Sub, f32, f32>(a, b, y, loops, start, end)
}

/** a - b, i32 or u32; wraps */
export function subInteger(a: usize, b: usize, y: usize, loops: usize, start: usize, end: usize): void {
  combine<SubInteger, u32, u32>(a, b, y, loops, start, end)
}

/** a · b, f32 */
export function mul(a: usize, b: usize, y: usize, loops: usize, start: usize, end: usize): void {
  combine<Mul, f32, f32>(a, b, y, loops, start, end)
}

/** a · b, i32 or u32; wraps */
export function mulInteger(a: usize, b: usize, y: usize, loops: usize, start: usize, end: usize): void {
  combine<MulInteger, u32, u32>(a, b, y, loops, start, end)
}

/** a / b, f32 */
export function div(a: usize, b: usize, y: usize, loops: usize, start: usize, end: usize): void {
  combine<Div, f32, f32>(a, b, y, loops, start, end)
}

/** a / b, i32 */
export function divSigned(a: usize, b: usize, y: usize, loops: usize, start: usize, end: usize): void {
  combine<DivSigned, i32, i32>(a, b, y, loops, start, end)
}

/** a / b, u32 */
export function divUnsigned(a: usize, b: usize, y: usize, loops: usize, start: usize, end: usize): void {
  combine<DivUnsigned, u32, u32>(a, b, y, loops, start, end)
}

/** the larger, f32; NaN if one is */
export function max(a: usize, b: usize, y: usize, loops: usize, start: usize, end: usize): void {
  combine<Max, f32, f32>(a, b, y, loops, start, end)
}

/** the larger, i32 */
export function maxSigned(a: usize, b: usize, y: usize, loops: usize, start: usize, end: usize): void {
  combine<MaxSigned, i32, i32>(a, b, y, loops, start, end)
}

/** the larger, u32 */
export function maxUnsigned(a: usize, b: usize, y: usize, loops: usize, start: usize, end: usize): void {
  combine<MaxUnsigned, u32, u32>(a, b, y, loops, start, end)
}

/** a < b, f32 */
export function less(a: usize, b: usize, y: usize, loops: usize, start: usize, end: usize): void {
  combine<Less, f32, bool>(a, b, y, loops, start, end)
}

/** a < b, i32 */
export function lessSigned(a: usize, b: usize, y: usize, loops: usize, start: usize, end: usize): void {
  combine<LessSigned, i32, bool>(a, b, y, loops, start, end)
}

/** a < b, u32 */
export function lessUnsigned(a: usize, b: usize, y: usize, loops: usize, start: usize, end: usize): void {
  combine<LessUnsigned, u32, bool>(a, b, y, loops, start, end)
}

/** a = b, f32 */
export function equal(a: usize, b: usize, y: usize, loops: usize, start: usize, end: usize): void {
  combine<Equal, f32, bool>(a, b, y, loops, start, end)
}

/** a = b, i32 or u32 */
export function equalInteger(a: usize, b: usize, y: usize, loops: usize, start: usize, end: usize): void {
  combine<EqualInteger, u32, bool>(a, b, y, loops, start, end)
}

/** a = b, bool */
export function equalBool(a: usize, b: usize, y: usize, loops: usize, start: usize, end: usize): void {
  combine<EqualBool, bool, bool>(a, b, y, loops, start, end)
}
