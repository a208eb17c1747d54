import type { Initializer } from '@tlc/nn'
import { key, philox, sizeOf, type Tensor, tensor } from '@tlc/tensor'
import { RobertaForSequenceClassification, robertaConfig } from '@tlc/transformer'
import type { CompressionTask } from '../src/compression/compression-task.ts'

const sizes = { layers: 2, hiddenSize: 16, heads: 4, feedForwardSize: 32, vocabularySize: 14, maxLength: 8 }

/** Even over -0.5 … 0.5, computed here, so that the numbers are the same on every backend. */
const initialize: Initializer = (stream, shape) =>
  tensor(
    Float32Array.from({ length: sizeOf(shape) }, (_, index) => philox([index, 0, 0, 0], stream)[0]! / 2 ** 32 - 0.5),
    { shape },
  )

/** A classifier of two layers, not trained. */
export function tinyClassifier(seed = 3): RobertaForSequenceClassification {
  const config = robertaConfig({ ...sizes, dropout: 0, attentionDropout: 0 })
  return new RobertaForSequenceClassification({ config, labels: 2, key: key(seed), initialize })
}

export interface TinyBatch {
  readonly ids: Tensor
  readonly labels: Tensor
}

function batch(first: number): TinyBatch {
  const rows = Array.from({ length: 8 }, (_, row) => {
    const words = Array.from({ length: 4 }, (_, place) => 5 + ((first + row * 7 + place * 3 + row * place) % 9))
    return [0, ...words, 2]
  })
  return {
    ids: tensor(rows.flat(), { shape: [8, 6], dtype: 'i32' }),
    // Whether the first word is one of the smaller half.
    labels: tensor(
      rows.map(([, word]) => Number(word! < 9)),
      { dtype: 'i32' },
    ),
  }
}

/** Which texts begin with a word of the smaller half. */
export const tinyTask: CompressionTask<RobertaForSequenceClassification, TinyBatch> = {
  logits: (model, { ids }, options) => model.forward(ids, options),
  targets: ({ labels }) => labels,
  trainingBatch: (step) => [batch(step % 5)],
  *calibration() {
    for (let first = 0; first < 3; first++) yield batch(first)
  },
  teacher: async () => tinyClassifier(),
}
