import { type Tokenizer, TokenizerTrainer, type TrainingWatch, type TranslationPairs } from '@tlc/transformer'
import { cutNote, encodeTexts } from './encode-texts.ts'
import { type Example, type ExampleSplit, loadTranslations } from './examples.ts'
import { padded } from './padded.ts'
import type { TaskOptions } from './task.ts'

/** Sentences with their translations, as ids. */
export interface EncodedPairs {
  /** `<s> … </s>` each */
  readonly sources: readonly Int32Array[]
  readonly targets: readonly Int32Array[]
}

/** What a translation model learns from and is judged by. */
export interface TranslationTexts {
  readonly name: string
  readonly fingerprint: string
  readonly tokenizer: Tokenizer
  readonly train: EncodedPairs
  readonly validation: EncodedPairs
  /** the texts of the validation */
  readonly validationTexts: readonly Example[]
}

export interface TranslationTextsOptions {
  readonly data: string
  /** tokens at most of a sentence; longer ones are cut */
  readonly length: number
  /** one that is ready; else one is learned from the sentences of both languages */
  readonly tokenizer?: Tokenizer | undefined
  readonly vocabularySize: number
}

/**
 * Reads and tokenizes parallel texts. Source and target share one vocabulary. @see Vaswani et al. 2017, section 5.1
 *
 * @throws UserError if there are none, or they are malformed
 */
export async function loadTranslationTexts(
  { data, length, tokenizer: ready, vocabularySize }: TranslationTextsOptions,
  task: TaskOptions,
): Promise<TranslationTexts> {
  const { name, fingerprint, splits } = await loadTranslations(data, task)
  const tokenizer = ready ?? (await learnTokenizer(splits.train, vocabularySize, task))
  const encoded = (split: ExampleSplit): EncodedPairs => encodePairs(tokenizer, splits[split], length, split, task)
  return {
    name,
    fingerprint,
    tokenizer,
    train: encoded('train'),
    validation: encoded('validation'),
    validationTexts: splits.validation,
  }
}

async function learnTokenizer(
  examples: readonly Example[],
  vocabularySize: number,
  { onProgress, signal }: TaskOptions,
): Promise<Tokenizer> {
  const watch: TrainingWatch = {
    onProgress: (data) => onProgress?.({ phase: 'data', data }),
    ...(signal && { signal }),
  }
  const trainer = new TokenizerTrainer()
  await trainer.addAll(
    examples.flatMap(({ texts }) => texts),
    watch,
  )
  return trainer.train({ vocabularySize, ...watch })
}

function encodePairs(
  tokenizer: Tokenizer,
  examples: readonly Example[],
  length: number,
  split: string,
  { onProgress }: TaskOptions,
): EncodedPairs {
  const [sources, targets] = [0, 1].map((side) => {
    const encoded = encodeTexts(
      tokenizer,
      examples.map(({ texts }) => texts[side]!),
      length,
    )
    const message = cutNote(`${split} ${side === 0 ? 'sources' : 'targets'}`, encoded, length)
    if (message !== undefined) onProgress?.({ phase: 'note', message })
    return encoded.sequences
  })
  return { sources: sources!, targets: targets! }
}

/** The chosen pairs as tensors, and the tokens of their targets but `<s>`, which is what a loss is a mean over. */
export interface CountedPairs extends TranslationPairs {
  readonly tokens: number
}

export function pairsBatch(
  { sources, targets }: EncodedPairs,
  chosen: ArrayLike<number>,
  paddingId: number,
): CountedPairs {
  const of = (all: readonly Int32Array[]): Int32Array[] => Array.from(chosen, (index) => all[index]!)
  const target = of(targets)
  return {
    source: padded(of(sources), paddingId),
    target: padded(target, paddingId),
    tokens: target.reduce((sum, ids) => sum + ids.length - 1, 0),
  }
}
