import { Adam, finiteLoss, inverseSquareRoot, namedParameters, trainStep } from '@tlc/nn'
import { foldIn, type Key, key, philox, scope, type Tensor, tensor } from '@tlc/tensor'
import { TransformerForTranslation, type TranslationSizes, translationConfig } from '../src/translation/index.ts'

const [beginId, paddingId, endId] = [0, 1, 2]
const firstLetter = 3

/** Words of 2 to 6 letters, to be written backward: `<s> … </s>`. */
export interface Words {
  readonly sources: readonly Int32Array[]
  readonly targets: readonly Int32Array[]
}

/** Random words; another key draws others. */
export function words(of: Key, count: number, letters: number): Words {
  const drawn = Array.from({ length: count }, (_, index) => {
    const bits = [0, 1].flatMap((block) => philox([index, block, 0, 0], of))
    return Array.from({ length: 2 + (bits[0]! % 5) }, (_, place) => firstLetter + (bits[place + 1]! % letters))
  })
  const frame = (word: readonly number[]): Int32Array => Int32Array.of(beginId, ...word, endId)
  return { sources: drawn.map(frame), targets: drawn.map((word) => frame(word.toReversed())) }
}

/** Padded at the right to the longest. i32 `[rows, length]` */
function padded(rows: readonly Int32Array[]): Tensor {
  const length = Math.max(...rows.map((row) => row.length))
  const ids = rows.map((row) => [...row, ...new Array<number>(length - row.length).fill(paddingId)])
  return tensor(ids, { dtype: 'i32' })
}

/** Trains a model to write words backward, each batch drawn anew. */
export async function trainToReverse(
  sizes: Omit<TranslationSizes, 'vocabularySize' | 'maxLength'>,
  { letters, steps }: { readonly letters: number; readonly steps: number },
): Promise<{ readonly model: TransformerForTranslation; readonly losses: readonly number[] }> {
  const config = translationConfig({ ...sizes, vocabularySize: firstLetter + letters, maxLength: 12, dropout: 0 })
  const model = new TransformerForTranslation({ config, key: key(5) })
  const optimizer = new Adam(namedParameters(model), { beta2: 0.98, epsilon: 1e-9 })
  const schedule = inverseSquareRoot({ peak: 4e-3, warmUp: 60 })
  const losses: number[] = []
  for (let step = 0; step < steps; step++) {
    using _step = scope()
    const { sources, targets } = words(foldIn(key(6), step), 64, letters)
    const batch = { source: padded(sources), target: padded(targets) }
    const result = trainStep({
      optimizer,
      loss: () => model.loss(batch),
      microBatches: [batch],
      learningRate: schedule(step),
      maxNorm: 1,
    })
    losses.push(await finiteLoss(result.loss, step))
  }
  return { model, losses }
}
