import { formatShape } from '../shape.ts'
import type { PrimitiveCases } from './case.ts'

export const randomness: PrimitiveCases<'randomBits'> = {
  randomBits: {
    half: false,
    tolerances: [],
    cases: [[], [0], [1], [3], [4], [5], [7, 11], [1025]].flatMap((shape) =>
      (
        [
          [0, 0],
          [0xffffffff, 0xffffffff],
          [0xa4093822, 0x299f31d0],
        ] as const
      ).map((key) => ({
        name: `${formatShape(shape)} of key ${key.map((word) => word.toString(16)).join(' ')}`,
        inputs: () => [],
        parameters: { key, shape },
      })),
    ),
  },
}
