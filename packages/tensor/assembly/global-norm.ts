import { dotOfRows } from './rows'

/** Blocks [start, end) of `blockSize` elements of x, of `size` in all: Σ x² of each, f64, products rounded to f32. */
export function sumsOfSquares(x: usize, totals: usize, size: usize, blockSize: usize, start: usize, end: usize): void {
  for (let block = start; block < end; block++) {
    const first = block * blockSize
    const from = x + (first << 2)
    store<f64>(totals + (block << 3), dotOfRows(from, from, min(blockSize, size - first)))
  }
}

/** y = √ of the sum of `count` f64, in their order */
export function rootOfSum(totals: usize, count: usize, y: usize): void {
  let total: f64 = 0
  for (let i: usize = 0; i < count; i++) total += load<f64>(totals + (i << 3))
  store<f32>(y, <f32>Math.sqrt(total))
}
