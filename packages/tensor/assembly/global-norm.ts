import { endOfBlock, firstOfBlock, rowOfBlock } from './blocks'
import { dotOfRows } from './rows'

/** end, first, size; x */
const ROW_BYTES: usize = 16

/** Blocks [start, end) of many tensors (see blocks.ts): Σ x² of each, f64. */
export function sumsOfSquares(table: usize, totals: usize, start: usize, end: usize): void {
  let row = table
  for (let block = start; block < end; block++) {
    row = rowOfBlock(row, ROW_BYTES, block)
    const first = firstOfBlock(row, block)
    const from = <usize>load<u32>(row, 12) + (first << 2)
    store<f64>(totals + (block << 3), dotOfRows(from, from, endOfBlock(row, first) - first))
  }
}

/** y = √ of the sum of `count` f64, in their order */
export function rootOfSum(totals: usize, count: usize, y: usize): void {
  let total: f64 = 0
  for (let i: usize = 0; i < count; i++) total += load<f64>(totals + (i << 3))
  store<f32>(y, <f32>Math.sqrt(total))
}
