/*
 * Rows of `bytes` bytes taken at ids, and rows of f32 or i32 added at ids.
 */
import { copyRow } from './copy'
import { loadFirst, storeFirst } from './lanes'

/**
 * Output rows [start, end): row (o, i) of y `[outer, count]` is row (o, ids[i]) of x `[outer, size]`; ids outside clamp.
 */
export function gather(x: usize, ids: usize, y: usize, count: usize, size: usize, bytes: usize, start: usize, end: usize): void {
  for (let row = start; row < end; row++) {
    const outer = row / count
    const id = <usize>min(max(load<i32>(ids + (row - outer * count) * 4), 0), <i32>size - 1)
    copyRow(x + (outer * size + id) * bytes, y + row * bytes, bytes)
  }
}

@unmanaged class AddFloat { @inline of(a: v128, b: v128): v128 { return f32x4.add(a, b) } }
@unmanaged class AddInteger { @inline of(a: v128, b: v128): v128 { return i32x4.add(a, b) } }

/** y += x, `length` elements */
function addRow<F>(x: usize, y: usize, length: usize): void {
  const f = changetype<F>(0)
  const vectors = length & ~3
  for (let i: usize = 0; i < vectors; i += 4) v128.store(y + (i << 2), f.of(v128.load(y + (i << 2)), v128.load(x + (i << 2))))
  const rest = length - vectors
  if (rest == 0) return
  const to = y + (vectors << 2)
  storeFirst(to, f.of(loadFirst(to, rest), loadFirst(x + (vectors << 2), rest)), rest)
}

/**
 * Output rows [start, end) of y `[outer, size]`, each of `length` elements: zero, to which row (o, i) of the updates
 * `[outer, count]` is added where ids[i] names it, in the order of i. Updates with the id `skipped` do not count.
 */
function scatter<F>(
  updates: usize, ids: usize, y: usize, count: usize, size: usize, length: usize, skipped: i32, start: usize, end: usize,
): void {
  const bytes = length << 2
  memory.fill(y + start * bytes, 0, (end - start) * bytes)
  const lastOuter = (end - 1) / size
  for (let outer = start / size; outer <= lastOuter; outer++) {
    for (let i: usize = 0; i < count; i++) {
      const id = load<i32>(ids + (i << 2))
      const row = outer * size + <usize>id
      if (<u32>id >= <u32>size || id == skipped || row < start || row >= end) continue
      addRow<F>(updates + (outer * count + i) * bytes, y + row * bytes, length)
    }
  }
}

/** of f32 */
export function scatterAdd(
  updates: usize, ids: usize, y: usize, count: usize, size: usize, length: usize, skipped: i32, start: usize, end: usize,
): void {
  scatter<AddFloat>(updates, ids, y, count, size, length, skipped, start, end)
}

/** of i32 */
export function scatterAddInteger(
  updates: usize, ids: usize, y: usize, count: usize, size: usize, length: usize, skipped: i32, start: usize, end: usize,
): void {
  scatter<AddInteger>(updates, ids, y, count, size, length, skipped, start, end)
}
