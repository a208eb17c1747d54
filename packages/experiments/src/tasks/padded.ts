import { type Tensor, tensor } from '@tlc/tensor'

/** Sequences as one tensor, short ones padded at the end. i32 `[sequences, longest]` */
export function padded(sequences: readonly Int32Array[], paddingId: number): Tensor {
  const length = Math.max(...sequences.map((ids) => ids.length))
  const ids = new Int32Array(sequences.length * length).fill(paddingId)
  sequences.forEach((each, row) => ids.set(each, row * length))
  return tensor(ids, { shape: [sequences.length, length] })
}

/** Numbers from 0 to `count` - 1, in parts of `size`, those of sequences of like length together, so that little is padded. */
export function byLength(lengths: readonly number[], size: number): number[][] {
  const order = [...lengths.keys()].sort((a, b) => lengths[a]! - lengths[b]! || a - b)
  return Array.from({ length: Math.ceil(order.length / size) }, (_, part) =>
    order.slice(part * size, (part + 1) * size),
  )
}
