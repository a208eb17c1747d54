/*
 * How a kernel walks an output and k operands of other strides: as rows along the innermost axis, and outer axes. The
 * description lies in memory as u32: rank of the outer axes, length of a row, each operand's step within it in
 * elements, then for each outer axis, from the innermost outwards, its size and each operand's stride in bytes.
 */

// @ts-ignore: decorator
@inline
export function rankOf(loops: usize): usize {
  return load<u32>(loops)
}

/** Elements in a row. */
// @ts-ignore: decorator
@inline
export function lengthOf(loops: usize): usize {
  return load<u32>(loops + 4)
}

/** From one element of a row to the next, in elements of the operand. */
// @ts-ignore: decorator
@inline
export function stepOf(loops: usize, operand: i32): usize {
  return load<u32>(loops + 8 + operand * 4)
}

/** Rows along the innermost outer axis; 1 without one. */
// @ts-ignore: decorator
@inline
export function outerSizeOf(loops: usize, operands: i32): usize {
  return rankOf(loops) ? <usize>load<u32>(loops + 8 + operands * 4) : 1
}

/** From one of those to the next in an operand, in bytes. */
// @ts-ignore: decorator
@inline
export function outerStrideOf(loops: usize, operands: i32, operand: i32): usize {
  return rankOf(loops) ? <usize>load<u32>(loops + 8 + operands * 4 + 4 + operand * 4) : 0
}

/** Where a row begins in one of `operands` operands, in bytes. */
// @ts-ignore: decorator
@inline
export function rowOffset(row: usize, loops: usize, operands: i32, operand: i32): usize {
  const entryBytes = (1 + operands) * 4
  const first = loops + 8 + operands * 4
  const last = first + (rankOf(loops) - 1) * entryBytes
  if (last < first) return 0
  let rest = row
  let offset: usize = 0
  for (let entry = first; entry < last; entry += entryBytes) {
    const size = load<u32>(entry)
    const outer = rest / size
    offset += (rest - outer * size) * load<u32>(entry + 4 + operand * 4)
    rest = outer
  }
  return offset + rest * load<u32>(last + 4 + operand * 4)
}
