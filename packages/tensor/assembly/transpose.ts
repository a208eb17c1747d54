/*
 * Transposed copies. The output's planes `[height, width]` have columns along which the input lies without gaps: element
 * (row, column) of a plane is the input's at row + column · stride. Planes lie as the loops say (operands x and y; their
 * rows are not used), rows of a plane `pitch` elements apart. Each kernel does the rows [start, end), counted through
 * all planes.
 */
import { arena, blockOffset } from './arena'
import { copyRow } from './copy'
import { rowOffset } from './loops'

/** Sixteen elements of four bytes: the rows of y are the columns of x. */
function transposeTile(x: usize, stride: usize, y: usize, pitch: usize): void {
  const a = v128.load(x)
  const b = v128.load(x + stride)
  const c = v128.load(x + 2 * stride)
  const d = v128.load(x + 3 * stride)
  const evenAB = i32x4.shuffle(a, b, 0, 4, 2, 6)
  const oddAB = i32x4.shuffle(a, b, 1, 5, 3, 7)
  const evenCD = i32x4.shuffle(c, d, 0, 4, 2, 6)
  const oddCD = i32x4.shuffle(c, d, 1, 5, 3, 7)
  v128.store(y, i64x2.shuffle(evenAB, evenCD, 0, 2))
  v128.store(y + pitch, i64x2.shuffle(oddAB, oddCD, 0, 2))
  v128.store(y + 2 * pitch, i64x2.shuffle(evenAB, evenCD, 1, 3))
  v128.store(y + 3 * pitch, i64x2.shuffle(oddAB, oddCD, 1, 3))
}

/** Rows one by one, columns from `first` on. */
function transposeEdge<T>(
  x: usize, stride: usize, y: usize, pitch: usize, rows: usize, first: usize, width: usize,
): void {
  for (let row: usize = 0; row < rows; row++) {
    for (let column = first; column < width; column++) {
      store<T>(y + row * pitch + column * sizeof<T>(), load<T>(x + row * sizeof<T>() + column * stride))
    }
  }
}

/** Both numbers of elements are multiples of four. */
function transposeTiles(x: usize, stride: usize, y: usize, pitch: usize, rows: usize, width: usize): void {
  for (let column: usize = 0; column < width; column += 4) {
    for (let row: usize = 0; row < rows; row += 4) {
      transposeTile(x + row * 4 + column * stride, stride, y + row * pitch + column * 4, pitch)
    }
  }
}

/*
 * Large planes go by way of blocks of 64 x 64 elements in the arena, so that memory is read and written by 256 bytes at
 * once: where rows lie a power of two apart, their lines fall into one set of the cache, which loses them before they are
 * wanted again.
 */

const BLOCK: usize = 64
const BLOCK_PITCH: usize = BLOCK * 4

/** Elements of a plane that the second-level cache holds. */
const SMALL_PLANE: usize = 65536

/** Bytes of the arena that transposing takes. */
export function transposeArena(): usize {
  return blockOffset + BLOCK * BLOCK_PITCH
}

/** Up to 64 rows. */
export function transposeRows<T>(x: usize, stride: usize, y: usize, pitch: usize, rows: usize, width: usize, large: bool): void {
  if (sizeof<T>() < 4) return transposeEdge<T>(x, stride, y, pitch, rows, 0, width)
  const tiledRows = rows & ~3
  const tiledWidth = width & ~3
  let column: usize = 0
  if (large) {
    const block = arena() + blockOffset
    for (; column + BLOCK <= width; column += BLOCK) {
      transposeTiles(x + column * stride, stride, block, BLOCK_PITCH, tiledRows, BLOCK)
      for (let row: usize = 0; row < tiledRows; row++) {
        copyRow(block + row * BLOCK_PITCH, y + row * pitch + column * 4, BLOCK_PITCH)
      }
    }
  }
  transposeTiles(x + column * stride, stride, y + column * 4, pitch, tiledRows, tiledWidth - column)
  transposeEdge<T>(x, stride, y, pitch, tiledRows, tiledWidth, width)
  transposeEdge<T>(x + tiledRows * 4, stride, y + tiledRows * pitch, pitch, rows - tiledRows, 0, width)
}

function transpose<T>(
  x: usize, y: usize, height: usize, width: usize, stride: usize, pitch: usize, loops: usize, start: usize, end: usize,
): void {
  for (let item = start; item < end; ) {
    const plane = item / height
    const row = item - plane * height
    const rows = min(min(height - row, end - item), BLOCK)
    const from = x + rowOffset(plane, loops, 2, 0) + row * sizeof<T>()
    const to = y + rowOffset(plane, loops, 2, 1) + row * pitch * sizeof<T>()
    transposeRows<T>(from, stride * sizeof<T>(), to, pitch * sizeof<T>(), rows, width, height * width > SMALL_PLANE)
    item += rows
  }
}

/** of elements of four bytes */
export function transposeWords(
  x: usize, y: usize, height: usize, width: usize, stride: usize, pitch: usize, loops: usize, start: usize, end: usize,
): void {
  transpose<u32>(x, y, height, width, stride, pitch, loops, start, end)
}

/** of elements of two bytes */
export function transposeHalves(
  x: usize, y: usize, height: usize, width: usize, stride: usize, pitch: usize, loops: usize, start: usize, end: usize,
): void {
  transpose<u16>(x, y, height, width, stride, pitch, loops, start, end)
}

/** of elements of one byte */
export function transposeBytes(
  x: usize, y: usize, height: usize, width: usize, stride: usize, pitch: usize, loops: usize, start: usize, end: usize,
): void {
  transpose<u8>(x, y, height, width, stride, pitch, loops, start, end)
}
