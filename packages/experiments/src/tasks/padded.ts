import { type Tensor, tensor } from '@tlc/tensor'
import { padIds } from '@tlc/transformer'

/** Sequences as one tensor, short ones padded at the end. i32 `[sequences, longest]` */
export function padded(sequences: readonly Int32Array[], padId: number): Tensor {
  const { ids, shape } = padIds(sequences, { padId })
  return tensor(ids, { shape })
}

/** Numbers from 0 to `count` - 1, in parts of `size`, those of sequences of like length together, so that little is padded. */
export function byLength(lengths: readonly number[], size: number): number[][] {
  const order = [...lengths.keys()].sort((a, b) => lengths[a]! - lengths[b]! || a - b)
  return Array.from({ length: Math.ceil(order.length / size) }, (_, part) =>
    order.slice(part * size, (part + 1) * size),
  )
}
