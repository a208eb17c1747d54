import { sizeOf } from '@tlc/tensor'
import fc from 'fast-check'
import type { Scored } from '../src/index.ts'

/** A weight with scores, all of it kept. */
export function scoredOf(shape: readonly number[], scores: ArrayLike<number>, name = 'w'): Scored {
  return { name, shape, scores: Float32Array.from(scores), kept: new Uint8Array(scores.length).fill(1) }
}

/** The same weights, pruned by masks. */
export function maskedBy(weights: readonly Scored[], masks: readonly Uint8Array[]): Scored[] {
  return weights.map((weight, which) => ({ ...weight, kept: masks[which]! }))
}

export function zerosIn(masks: readonly Uint8Array[]): number {
  return masks.reduce((sum, mask) => mask.reduce((zeros, kept) => zeros + 1 - kept, sum), 0)
}

/** One to three matrices of one to nine rows and columns, with scores that are often equal. */
export const matrices: fc.Arbitrary<Scored[]> = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })), { minLength: 1, maxLength: 3 })
  .chain((shapes) =>
    fc.tuple(
      ...shapes.map((shape, which) =>
        fc
          .array(fc.integer({ min: 0, max: 9 }), { minLength: sizeOf(shape), maxLength: sizeOf(shape) })
          .map((scores) => scoredOf(shape, scores, `w${which}`)),
      ),
    ),
  )

export const sparsities: fc.Arbitrary<number> = fc.double({ min: 0, max: 1, noNaN: true })
