import { foldIn, type Key, key, tensor } from '@tlc/tensor'
import { DynamicMasking, type MaskedTokens } from '@tlc/transformer'
import type { BenchmarkedModel } from '../models.ts'

export const root: Key = key(2020)
export const seeds = { model: 1, text: 2, dropout: 3 } as const

/** Text without meaning: what it says makes no difference to the time it takes. */
export function maskedText(
  { sizes: { vocabularySize } }: BenchmarkedModel,
  texts: number,
  length: number,
): MaskedTokens {
  const special = 5
  const masking = new DynamicMasking({ vocabularySize, maskId: 4, isSpecial: (id) => id < special })
  const ids = Int32Array.from({ length: texts * length }, (_, i) => special + ((i * 7919) % (vocabularySize - special)))
  const { inputs, positions, labels } = masking.mask(ids, foldIn(root, seeds.text))
  return { ids: tensor(inputs, { shape: [texts, length] }), positions: tensor(positions), targets: tensor(labels) }
}
