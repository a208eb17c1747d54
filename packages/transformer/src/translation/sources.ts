import { type Tensor, tensor } from '@tlc/tensor'
import type { TranslationConfig } from './config.ts'

/**
 * Sources as one batch, padded at the right to the longest.
 *
 * @returns i32 `[sources, length]`
 * @throws RangeError for a source that is empty, too long, or has ids that are not in the vocabulary
 */
export function sourceIds(sources: readonly Int32Array[], config: TranslationConfig): Tensor {
  const { maxLength, vocabularySize, paddingId } = config
  for (const [index, source] of sources.entries()) {
    const wrong = source.find((id) => id < 0 || id >= vocabularySize)
    const problem =
      source.length === 0
        ? 'is empty; leave it out'
        : source.length > maxLength
          ? `has ${source.length} tokens, and the model reads ${maxLength}; cut it`
          : wrong !== undefined
            ? `has the id ${wrong}, and the vocabulary is 0 to ${vocabularySize - 1}; encode it with the model's tokenizer`
            : undefined
    if (problem) throw new RangeError(`translation: source ${index} ${problem}`)
  }
  const length = sources.reduce((longest, source) => Math.max(longest, source.length), 0)
  const ids = new Int32Array(sources.length * length).fill(paddingId)
  sources.forEach((source, row) => ids.set(source, row * length))
  return tensor(ids, { shape: [sources.length, length], dtype: 'i32' })
}
