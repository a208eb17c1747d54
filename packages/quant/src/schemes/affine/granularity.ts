import { formatShape, type Shape } from '@tlc/tensor'

/**
 * Which weights share a range: all of a `tensor`; each `row` (the last axis: the inputs of one output of a linear layer,
 * one token of an embedding); or each `group` of so many neighbours in a row, the last of a row being shorter if they do
 * not divide it.
 */
export type Granularity = 'tensor' | 'row' | { readonly group: number }

/** How many weights share each range, given that every row is cut alike. */
export interface Spans {
  /** ranges in all */
  readonly count: number
  /** ranges in a row */
  readonly perRow: number
  /** weights in a row */
  readonly row: number
  /** weights in a range, but for the last of a row */
  readonly length: number
}

/**
 * How a granularity cuts a shape. A scalar is one row of one weight.
 *
 * @throws RangeError if a group is not a whole number >= 1
 */
export function spansOf(granularity: Granularity, shape: Shape): Spans {
  const size = shape.reduce((product, length) => product * length, 1)
  const row = granularity === 'tensor' ? size : (shape.at(-1) ?? 1)
  const length = typeof granularity === 'string' ? row : granularity.group
  if (typeof granularity !== 'string' && !(Number.isInteger(length) && length >= 1)) {
    throw new RangeError(`group must be a whole number >= 1, got ${length}; 32, 64 and 128 are usual`)
  }
  if (size === 0)
    throw new RangeError(`a tensor of shape ${formatShape(shape)} is empty, so it has no range to quantize`)
  const perRow = Math.ceil(row / length)
  return { count: (size / row) * perRow, perRow, row, length }
}

/** First index, and the index after the last, of the weights of range `index`. */
export function spanAt({ perRow, row, length }: Spans, index: number): [start: number, end: number] {
  const first = Math.floor(index / perRow) * row
  const start = first + (index % perRow) * length
  return [start, Math.min(start + length, first + row)]
}

/** The range of weight `index`. */
export function rangeAt({ perRow, row, length }: Spans, index: number): number {
  return Math.floor(index / row) * perRow + Math.floor((index % row) / length)
}
