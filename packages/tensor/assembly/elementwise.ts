/*
 * Elementwise kernels. Each does the elements [start, end) of its output; start is a multiple of 16, and memory reaches
 * to the next multiple of 64 bytes behind every tensor, so the last vector may run over the end.
 */

/** y = -x, f32 */
export function neg(x: usize, y: usize, start: usize, end: usize): void {
  for (let i = start; i < end; i += 4) {
    v128.store(y + (i << 2), f32x4.neg(v128.load(x + (i << 2))))
  }
}

/** y = √x, f32 */
export function sqrt(x: usize, y: usize, start: usize, end: usize): void {
  for (let i = start; i < end; i += 4) {
    v128.store(y + (i << 2), f32x4.sqrt(v128.load(x + (i << 2))))
  }
}
