/*
 * Copies: of whole tensors, of rows that lie elsewhere in another tensor, and of one element to a whole row.
 */
import { lengthOf, outerSizeOf, outerStrideOf, rowOffset, stepOf } from './loops'

/** Copies `count` bytes that do not overlap: by vectors, since a call of memory.copy costs more than a short row. */
// @ts-ignore: decorator
@inline
export function copyRow(from: usize, to: usize, count: usize): void {
  if (count > 1024) {
    memory.copy(to, from, count)
    return
  }
  let done: usize = 0
  for (; done + 64 <= count; done += 64) {
    v128.store(to + done, v128.load(from + done))
    v128.store(to + done, v128.load(from + done, 16), 16)
    v128.store(to + done, v128.load(from + done, 32), 32)
    v128.store(to + done, v128.load(from + done, 48), 48)
  }
  for (; done + 16 <= count; done += 16) v128.store(to + done, v128.load(from + done))
  for (; done + 4 <= count; done += 4) store<u32>(to + done, load<u32>(from + done))
  for (; done < count; done++) store<u8>(to + done, load<u8>(from + done))
}

/** Bytes [start, end). */
export function copyBytes(x: usize, y: usize, start: usize, end: usize): void {
  memory.copy(y + start, x + start, end - start)
}

/** Rows [start, end) of bytes, from x to y, walked as loops.ts says; those along the innermost outer axis by its strides. */
export function copyRows(x: usize, y: usize, loops: usize, start: usize, end: usize): void {
  const length = lengthOf(loops)
  const size = outerSizeOf(loops, 2)
  const strideX = outerStrideOf(loops, 2, 0)
  const strideY = outerStrideOf(loops, 2, 1)
  for (let row = start; row < end; ) {
    const last = min(row - (row % size) + size, end)
    let from = x + rowOffset(row, loops, 2, 0)
    let to = y + rowOffset(row, loops, 2, 1)
    for (; row < last; row++, from += strideX, to += strideY) copyRow(from, to, length)
  }
}

/** Bytes [start, end), multiples of 16 or up to the end of the last 64, of a pattern of four. */
export function fill(pattern: u32, y: usize, start: usize, end: usize): void {
  const value = i32x4.splat(pattern)
  for (let i = start; i < end; i += 16) v128.store(y + i, value)
}

/** Elements [start, end) of y, from x that broadcasts to it. */
function repeat<T>(x: usize, y: usize, loops: usize, start: usize, end: usize): void {
  const length = lengthOf(loops)
  const step = stepOf(loops, 0)
  for (let i = start; i < end; ) {
    const row = i / length
    const column = i - row * length
    const count = min(length - column, end - i)
    const from = x + rowOffset(row, loops, 1, 0) + column * step * sizeof<T>()
    const to = y + i * sizeof<T>()
    if (step) copyRow(from, to, count * sizeof<T>())
    else fillRow<T>(load<T>(from), to, count)
    i += count
  }
}

function fillRow<T>(value: T, to: usize, count: usize): void {
  const vector = v128.splat<T>(value)
  const lanes = 16 / sizeof<T>()
  let done: usize = 0
  for (; done + lanes <= count; done += lanes) v128.store(to + done * sizeof<T>(), vector)
  for (; done < count; done++) store<T>(to + done * sizeof<T>(), value)
}

/** of elements of four bytes */
export function repeatWords(x: usize, y: usize, loops: usize, start: usize, end: usize): void {
  repeat<u32>(x, y, loops, start, end)
}

/** of elements of two bytes */
export function repeatHalves(x: usize, y: usize, loops: usize, start: usize, end: usize): void {
  repeat<u16>(x, y, loops, start, end)
}

/** of elements of one byte */
export function repeatBytes(x: usize, y: usize, loops: usize, start: usize, end: usize): void {
  repeat<u8>(x, y, loops, start, end)
}
