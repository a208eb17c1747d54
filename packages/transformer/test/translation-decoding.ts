import { foldIn, key, philox } from '@tlc/tensor'
import type { NextTokenScorer } from '../src/generation/index.ts'
import {
  TransformerForTranslation,
  type TranslationConfig,
  type TranslationSizes,
  translationConfig,
} from '../src/translation/index.ts'

const sizes: TranslationSizes = {
  encoderLayers: 2,
  decoderLayers: 2,
  hiddenSize: 16,
  heads: 4,
  feedForwardSize: 32,
  vocabularySize: 40,
  maxLength: 24,
}

/** A small model that was not trained. */
export function smallModel(options: Partial<TranslationConfig> = {}): TransformerForTranslation {
  return new TransformerForTranslation({ config: translationConfig({ ...sizes, ...options }), key: key(11) })
}

/** Sources of the given lengths, with ids from 3 on. */
export function randomSources(lengths: readonly number[]): Int32Array[] {
  return lengths.map((length, row) =>
    Int32Array.from({ length }, (_, place) => 3 + (philox([place, 0, 0, 0], foldIn(key(12), row))[0]! % 37)),
  )
}

/** Rows to go on with after each step: beams appear, change places and end, a source leaves, and two change places. */
const selections: readonly (readonly number[] | undefined)[] = [
  [0, 0, 1, 1, 2, 2],
  undefined,
  [1, 0, 2, 3, 5, 5],
  [0, 1, 4, 5],
  undefined,
  [1, 3],
  [1, 0],
  [0, 1],
]

/** Everything that a scorer says while rows come and go. */
export async function allSteps(begin: (sources: readonly Int32Array[]) => NextTokenScorer): Promise<Float32Array[]> {
  using scorer = begin(randomSources([7, 3, 12]))
  let tokens = Int32Array.of(0, 0, 0)
  const said: Float32Array[] = []
  for (const [step, rows] of selections.entries()) {
    said.push(await scorer.step(tokens))
    if (rows) scorer.select(Int32Array.from(rows))
    tokens = Int32Array.from(rows ?? tokens, (_, row) => 3 + ((7 * step + 5 * row) % 37))
  }
  return said
}

/** The largest difference between two lists of arrays. */
export function largestDifference(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  let largest = 0
  a.forEach((x, index) => {
    if (x.length !== b[index]!.length) largest = Infinity
    x.forEach((value, place) => {
      largest = Math.max(largest, Math.abs(value - b[index]![place]!))
    })
  })
  return a.length === b.length ? largest : Infinity
}
