/**
 * a · b + c for four f32 at once. Rounded twice in the strict build; in the relaxed build once where the processor has
 * a fused instruction.
 */
// @ts-ignore: decorator
@inline
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  // @ts-ignore: RELAXED is defined by the build (--use RELAXED=0 or 1)
  if (RELAXED) return f32x4.relaxed_madd(a, b, c)
  return f32x4.add(f32x4.mul(a, b), c)
}
