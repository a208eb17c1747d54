/*
 * Loops over all elements of tensors of the same shape, elements of four bytes. They do the elements [start, end); start
 * is a multiple of 16, and memory reaches to the next multiple of 64 bytes behind every tensor, so the last vectors may
 * run over the end.
 *
 * Two vectors at once: the steps of one fill the waits of the other, and an engine that can joins the two to one of twice
 * the width, since they lie side by side. F is a class of one method `of`, so that each kernel is a loop of its own.
 */

/** y = F(x) */
export function map<F>(x: usize, y: usize, start: usize, end: usize): void {
  const f = changetype<F>(0)
  for (let i = start << 2; i < end << 2; i += 32) {
    const first = f.of(v128.load(x + i))
    const second = f.of(v128.load(x + i, 16))
    v128.store(y + i, second, 16)
    v128.store(y + i, first)
  }
}

/** y = F(a, b) */
export function mapBoth<F>(a: usize, b: usize, y: usize, start: usize, end: usize): void {
  const f = changetype<F>(0)
  for (let i = start << 2; i < end << 2; i += 32) {
    const first = f.of(v128.load(a + i), v128.load(b + i))
    const second = f.of(v128.load(a + i, 16), v128.load(b + i, 16))
    v128.store(y + i, second, 16)
    v128.store(y + i, first)
  }
}
