/*
 * y = a where the condition holds, else b: all three broadcast, walked as loops.ts says. Each kernel does the elements
 * [start, end) of its output.
 */
import { repeated } from './arena'
import { choose, loadSplat, storeOne } from './lanes'
import { lengthOf, rowOffset, stepOf } from './loops'

/** 32 bytes of the output. */
function selectVectors<T>(holds: usize, left: usize, right: usize, output: usize): void {
  let first: v128
  let second: v128
  if (sizeof<T>() == 4) {
    const halves = i16x8.extend_low_i8x16_s(i8x16.ne(v128.load64_zero(holds), i8x16.splat(0)))
    first = choose(i32x4.extend_low_i16x8_s(halves), v128.load(left), v128.load(right))
    second = choose(i32x4.extend_high_i16x8_s(halves), v128.load(left, 16), v128.load(right, 16))
  } else {
    first = v128.bitselect(v128.load(left), v128.load(right), i8x16.ne(v128.load(holds), i8x16.splat(0)))
    second = v128.bitselect(v128.load(left, 16), v128.load(right, 16), i8x16.ne(v128.load(holds, 16), i8x16.splat(0)))
  }
  v128.store(output, second, 16)
  v128.store(output, first)
}

function select<T>(condition: usize, a: usize, b: usize, y: usize, loops: usize, start: usize, end: usize): void {
  const length = lengthOf(loops)
  const stepCondition = stepOf(loops, 0)
  const stepA = stepOf(loops, 1) * sizeof<T>()
  const stepB = stepOf(loops, 2) * sizeof<T>()
  const atOnce: usize = 32 / sizeof<T>()
  for (let i = start; i < end; ) {
    const row = i / length
    const column = i - row * length
    const count = min(length - column, end - i)
    let holds = condition + rowOffset(row, loops, 3, 0) + column * stepCondition
    let left = a + rowOffset(row, loops, 3, 1) + column * stepA
    let right = b + rowOffset(row, loops, 3, 2) + column * stepB
    if (!stepCondition) holds = repeated<u8>(holds, 0)
    if (!stepA) left = repeated<T>(left, 1)
    if (!stepB) right = repeated<T>(right, 2)
    let output = y + i * sizeof<T>()
    let rest = count
    for (; rest >= atOnce; rest -= atOnce) {
      selectVectors<T>(holds, left, right, output)
      holds += atOnce * stepCondition
      left += atOnce * stepA
      right += atOnce * stepB
      output += 32
    }
    for (; rest > 0; rest--) {
      storeOne<T>(output, load<u8>(holds) ? loadSplat<T>(left) : loadSplat<T>(right))
      holds += stepCondition
      left += stepA
      right += stepB
      output += sizeof<T>()
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
