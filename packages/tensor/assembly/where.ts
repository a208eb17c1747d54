/*
 * y = a where the condition holds, else b: all three broadcast, walked as loops.ts says. Each kernel does the elements
 * [start, end) of its output.
 */
import { loadFour, loadSplat, storeFour, storeOne } from './lanes'
import { lengthOf, rowOffset, stepOf } from './loops'

/** Of four conditions, a byte each, a mask for elements of type T. */
function maskOf<T>(conditions: v128): v128 {
  const bytes = i8x16.ne(conditions, i8x16.splat(0))
  if (sizeof<T>() == 1) return bytes
  return i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(bytes))
}

/** Four elements from where they lie, or one four times. */
function fourOrSame<T>(pointer: usize, step: usize): v128 {
  return step ? loadFour<T>(pointer) : loadSplat<T>(pointer)
}

function select<T>(condition: usize, a: usize, b: usize, y: usize, loops: usize, start: usize, end: usize): void {
  const length = lengthOf(loops)
  const stepCondition = stepOf(loops, 0)
  const stepA = stepOf(loops, 1) * sizeof<T>()
  const stepB = stepOf(loops, 2) * sizeof<T>()
  for (let i = start; i < end; ) {
    const row = i / length
    const column = i - row * length
    const count = min(length - column, end - i)
    let holds = condition + rowOffset(row, loops, 3, 0) + column * stepCondition
    let left = a + rowOffset(row, loops, 3, 1) + column * stepA
    let right = b + rowOffset(row, loops, 3, 2) + column * stepB
    let output = y + i * sizeof<T>()
    const last = output + count * sizeof<T>()
    const lastFour = output + (count & ~3) * sizeof<T>()
    for (; output < lastFour; output += 4 * sizeof<T>()) {
      const mask = maskOf<T>(fourOrSame<u8>(holds, stepCondition))
      storeFour<T>(output, v128.bitselect(fourOrSame<T>(left, stepA), fourOrSame<T>(right, stepB), mask))
      holds += 4 * stepCondition
      left += 4 * stepA
      right += 4 * stepB
    }
    for (; output < last; output += sizeof<T>()) {
      storeOne<T>(output, load<u8>(holds) ? loadSplat<T>(left) : loadSplat<T>(right))
      holds += stepCondition
      left += stepA
      right += stepB
    }
    i += count
  }
}

/** of f32, i32 or u32 */
export function where(condition: usize, a: usize, b: usize, y: usize, loops: usize, start: usize, end: usize): void {
  select<u32>(condition, a, b, y, loops, start, end)
}

/** of bool */
export function whereBytes(condition: usize, a: usize, b: usize, y: usize, loops: usize, start: usize, end: usize): void {
  select<u8>(condition, a, b, y, loops, start, end)
}
