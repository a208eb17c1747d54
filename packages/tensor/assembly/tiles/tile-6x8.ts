import { multiplyAdd } from '../simd'

/** 6 rows x 8 columns: 12 registers. @see `tile` */
export function tile6x8(
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
  init += initStep
  let c10 = v128.load(init)
  let c11 = v128.load(init, 16)
  init += initStep
  let c20 = v128.load(init)
  let c21 = v128.load(init, 16)
  init += initStep
  let c30 = v128.load(init)
  let c31 = v128.load(init, 16)
  init += initStep
  let c40 = v128.load(init)
  let c41 = v128.load(init, 16)
  init += initStep
  let c50 = v128.load(init)
  let c51 = v128.load(init, 16)
  const end = a + <usize>inner * 24
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
    const a4 = v128.load32_splat(a, 16)
    c40 = multiplyAdd(a4, b0, c40)
    c41 = multiplyAdd(a4, b1, c41)
    const a5 = v128.load32_splat(a, 20)
    c50 = multiplyAdd(a5, b0, c50)
    c51 = multiplyAdd(a5, b1, c51)
    a += 24
    b += 32
  }
  v128.store(c, c00)
  v128.store(c, c01, 16)
  c += cStep
  v128.store(c, c10)
  v128.store(c, c11, 16)
  c += cStep
  v128.store(c, c20)
  v128.store(c, c21, 16)
  c += cStep
  v128.store(c, c30)
  v128.store(c, c31, 16)
  c += cStep
  v128.store(c, c40)
  v128.store(c, c41, 16)
  c += cStep
  v128.store(c, c50)
  v128.store(c, c51, 16)
}
