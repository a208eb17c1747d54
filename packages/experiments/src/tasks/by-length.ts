/** Numbers from 0 to n - 1 in parts of `size`, those of sequences of like length together, so that little is padded. */
export function byLength(lengths: ArrayLike<number>, size: number): number[][] {
  const order = Array.from({ length: lengths.length }, (_, index) => index)
  order.sort((a, b) => lengths[a]! - lengths[b]! || a - b)
  return Array.from({ length: Math.ceil(order.length / size) }, (_, part) =>
    order.slice(part * size, (part + 1) * size),
  )
}
