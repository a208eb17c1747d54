import { multiplyAdd } from './simd'

/*
 * The product's innermost loop: a tile of 4 rows x 8 columns of the output lives in eight registers while the inner
 * index runs over packed panels: 4 values of a and 8 of b for each step, one behind the other. Not unrolled: V8 then
 * spills registers, and is slower by a third.
 */

/** Rows of a tile. */
export const tileRows: i32 = 4
/** Columns of a tile. */
export const tileColumns: i32 = 8

/** c = init + a b. Steps are bytes between rows; init may be c, or one row (step 0), or zeros. */
export function tile(
  a: usize,
  b: usize,
  inner: i32,
  init: usize,
  initStep: usize,
  c: usize,
  cStep: usize,
): void {
  let c00 = v128.load(init)
  let c01 = v128.load(init, 16)
  let c10 = v128.load(init + initStep)
  let c11 = v128.load(init + initStep, 16)
  init += 2 * initStep
  let c20 = v128.load(init)
  let c21 = v128.load(init, 16)
  let c30 = v128.load(init + initStep)
  let c31 = v128.load(init + initStep, 16)
  const end = a + (<usize>inner << 4)
  while (a < end) {
    const b0 = v128.load(b)
    const b1 = v128.load(b, 16)
    const a0 = v128.load32_splat(a)
    c00 = multiplyAdd(a0, b0, c00)
    c01 = multiplyAdd(a0, b1, c01)
    const a1 = v128.load32_splat(a, 4)
    c10 = multiplyAdd(a1, b0, c10)
    c11 = multiplyAdd(a1, b1, c11)
    const a2 = v128.load32_splat(a, 8)
    c20 = multiplyAdd(a2, b0, c20)
    c21 = multiplyAdd(a2, b1, c21)
    const a3 = v128.load32_splat(a, 12)
    c30 = multiplyAdd(a3, b0, c30)
    c31 = multiplyAdd(a3, b1, c31)
    a += 16
    b += 32
  }
  v128.store(c, c00)
  v128.store(c, c01, 16)
  v128.store(c + cStep, c10)
  v128.store(c + cStep, c11, 16)
  c += 2 * cStep
  v128.store(c, c20)
  v128.store(c, c21, 16)
  v128.store(c + cStep, c30)
  v128.store(c + cStep, c31, 16)
}
