/*
 * Indices that come with the input: i32, looked at before they lead anywhere.
 */

/**
 * Sets a flag, an i32 elsewhere, if any of the indices [start, end) is outside 0..last: as unsigned numbers, those below 0
 * are larger than any other.
 */
export function flagOutside(indices: usize, last: i32, flag: usize, start: i32, end: i32): void {
  const until = indices + (end << 2)
  let at = indices + (start << 2)
  let a = i32x4.splat(0)
  let b = a
  for (; at + 32 <= until; at += 32) {
    a = i32x4.max_u(a, v128.load(at))
    b = i32x4.max_u(b, v128.load(at, 16))
  }
  for (; at < until; at += 4) a = i32x4.max_u(a, v128.load32_zero(at))
  if (v128.any_true(i32x4.gt_u(i32x4.max_u(a, b), i32x4.splat(last)))) store<i32>(flag, 1)
}

/** Writes of each of the indices [start, end) the nearest in 0..last. */
export function clampIndices(indices: usize, last: i32, to: usize, start: i32, end: i32): void {
  for (let i = start; i < end; i++) store<i32>(to + (i << 2), min(max(load<i32>(indices + (i << 2)), 0), last))
}
