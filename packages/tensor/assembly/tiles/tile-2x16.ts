import { multiplyAdd } from '../simd'

/** 2 rows x 16 columns: 8 registers. @see `tile` */
export function tile2x16(
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
  let c02 = v128.load(init, 32)
  let c03 = v128.load(init, 48)
  init += initStep
  let c10 = v128.load(init)
  let c11 = v128.load(init, 16)
  let c12 = v128.load(init, 32)
  let c13 = v128.load(init, 48)
  const end = a + <usize>inner * 8
  while (a < end) {
    const b0 = v128.load(b)
    const b1 = v128.load(b, 16)
    const b2 = v128.load(b, 32)
    const b3 = v128.load(b, 48)
    const a0 = v128.load32_splat(a)
    c00 = multiplyAdd(a0, b0, c00)
    c01 = multiplyAdd(a0, b1, c01)
    c02 = multiplyAdd(a0, b2, c02)
    c03 = multiplyAdd(a0, b3, c03)
    const a1 = v128.load32_splat(a, 4)
    c10 = multiplyAdd(a1, b0, c10)
    c11 = multiplyAdd(a1, b1, c11)
    c12 = multiplyAdd(a1, b2, c12)
    c13 = multiplyAdd(a1, b3, c13)
    a += 8
    b += 64
  }
  v128.store(c, c00)
  v128.store(c, c01, 16)
  v128.store(c, c02, 32)
  v128.store(c, c03, 48)
  c += cStep
  v128.store(c, c10)
  v128.store(c, c11, 16)
  v128.store(c, c12, 32)
  v128.store(c, c13, 48)
}
