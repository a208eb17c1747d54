import { splat } from './lanes'

/**
 * The `count` largest of each row, the largest first, of equal ones the first; NaN and -∞ are passed over. Where fewer
 * are left, the value is -∞ and the id -1. Does the rows [start, end).
 *
 * Almost all numbers are smaller than what was found already: sixteen of them are put aside by one branch.
 */
export function topK(x: usize, values: usize, ids: usize, length: i32, count: i32, start: i32, end: i32): void {
  const sixteens = length & ~15
  for (let row = start; row < end; row++) {
    const from = x + ((<usize>row * length) << 2)
    const value = values + ((<usize>row * count) << 2)
    const id = ids + ((<usize>row * count) << 2)
    for (let place = 0; place < count; place++) {
      store<f32>(value + (place << 2), -Infinity)
      store<i32>(id + (place << 2), -1)
    }
    let bar = splat(-Infinity)
    for (let column = 0; column < sixteens; column += 16) {
      const at = from + (column << 2)
      const a = v128.or(f32x4.gt(v128.load(at), bar), f32x4.gt(v128.load(at, 16), bar))
      const b = v128.or(f32x4.gt(v128.load(at, 32), bar), f32x4.gt(v128.load(at, 48), bar))
      if (v128.any_true(v128.or(a, b))) bar = splat(offer(from, column, column + 16, value, id, count))
    }
    offer(from, sixteens, length, value, id, count)
  }
}

/** Offers columns [first, last) of a row; returns what a number must exceed from now on. */
function offer(from: usize, first: i32, last: i32, value: usize, id: usize, count: i32): f32 {
  const lowest = value + ((count - 1) << 2)
  for (let column = first; column < last; column++) {
    const x = load<f32>(from + (column << 2))
    if (!(x > load<f32>(lowest))) continue
    let place: usize = (count - 1) << 2
    for (; place > 0 && load<f32>(value + place - 4) < x; place -= 4) {
      store<f32>(value + place, load<f32>(value + place - 4))
      store<i32>(id + place, load<i32>(id + place - 4))
    }
    store<f32>(value + place, x)
    store<i32>(id + place, column)
  }
  return load<f32>(lowest)
}
