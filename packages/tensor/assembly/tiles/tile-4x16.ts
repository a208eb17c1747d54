import { multiplyAdd } from '../simd'

/** 4 rows x 16 columns: 8 registers of 256 bits, where the engine joins pairs of vectors; else too many. @see `tile` */
export function tile4x16(
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
  init += initStep
  let c20 = v128.load(init)
  let c21 = v128.load(init, 16)
  let c22 = v128.load(init, 32)
  let c23 = v128.load(init, 48)
  init += initStep
  let c30 = v128.load(init)
  let c31 = v128.load(init, 16)
  let c32 = v128.load(init, 32)
  let c33 = v128.load(init, 48)
  const end = a + <usize>inner * 16
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
    const a2 = v128.load32_splat(a, 8)
    c20 = multiplyAdd(a2, b0, c20)
    c21 = multiplyAdd(a2, b1, c21)
    c22 = multiplyAdd(a2, b2, c22)
    c23 = multiplyAdd(a2, b3, c23)
    const a3 = v128.load32_splat(a, 12)
    c30 = multiplyAdd(a3, b0, c30)
    c31 = multiplyAdd(a3, b1, c31)
    c32 = multiplyAdd(a3, b2, c32)
    c33 = multiplyAdd(a3, b3, c33)
    a += 16
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
  c += cStep
  v128.store(c, c20)
  v128.store(c, c21, 16)
  v128.store(c, c22, 32)
  v128.store(c, c23, 48)
  c += cStep
  v128.store(c, c30)
  v128.store(c, c31, 16)
  v128.store(c, c32, 32)
  v128.store(c, c33, 48)
}
