import { tensor } from '@tlc/tensor'
import type { Tokenizer, TranslationPairs } from '@tlc/transformer'
import {
  type Dataset,
  type ExampleSequences,
  exampleSequences,
  type Split,
  type TokenizedDataset,
} from '../data/index.ts'
import { longestOf } from './classified-texts.ts'
import { noteCut, openTokens, type TokenizerChoice } from './open-tokens.ts'
import type { TaskOptions } from './task.ts'

/** Sentences with their translations, as ids, `<s> … </s>` each. */
export interface EncodedPairs {
  readonly sources: ExampleSequences
  readonly targets: ExampleSequences
}

/** What a translation model learns from and is judged by. */
export interface TranslationTexts {
  readonly name: string
  /** pins the texts: a hash */
  readonly fingerprint: string
  readonly tokenizer: Tokenizer
  readonly train: EncodedPairs
  readonly validation: EncodedPairs
  /** the first pairs of the validation, to be translated */
  readonly samples: readonly TextPair[]
  /** to be disposed */
  readonly tokens: TokenizedDataset
}

export interface TranslationTextsOptions extends TokenizerChoice {
  /** a data set's name, or the path of a file */
  readonly data: string
  /** tokens at most of a sentence; longer ones are cut */
  readonly length: number
  /** pairs at most to judge by */
  readonly evaluationPairs: number
  /** pairs at most to translate in each evaluation, for BLEU */
  readonly bleuPairs: number
}

/**
 * Reads and tokenizes parallel texts. Source and target share one vocabulary. @see Vaswani et al. 2017, section 5.1
 *
 * @throws UserError if there are none, or they are malformed
 */
export async function loadTranslationTexts(
  { data, length, evaluationPairs, bleuPairs, ...choice }: TranslationTextsOptions,
  task: TaskOptions,
): Promise<TranslationTexts> {
  const { dataset, tokenizer, tokens } = await openTokens(data, ['translation'], choice, task)
  const pairs = (split: Split, limit: number): EncodedPairs => {
    const [sources, targets] = ([0, 1] as const).map((part) => {
      const sequences = exampleSequences(tokens, split, { maxLength: length, part, limit })
      noteCut(`${split} ${part === 0 ? 'sources' : 'targets'}`, sequences, length, task)
      return sequences
    })
    return { sources: sources!, targets: targets! }
  }
  return {
    name: dataset.name,
    fingerprint: dataset.fingerprint,
    tokenizer,
    train: pairs('train', Infinity),
    validation: pairs('validation', evaluationPairs),
    samples: bleuPairs > 0 ? (await textPairs(dataset, 'validation')).slice(0, bleuPairs) : [],
    tokens,
  }
}

/** A sentence and its translation. */
export type TextPair = readonly [source: string, target: string]

/** The pairs of a split of a translation data set. */
export async function textPairs(dataset: Dataset, split: Split): Promise<readonly TextPair[]> {
  return (await dataset.examples(split)).map(({ texts }) => texts as TextPair)
}

/** Pairs as tensors, and the tokens of their targets but `<s>`, which is what a loss is a mean over. */
export interface CountedPairs extends TranslationPairs {
  readonly tokens: number
}

/** The chosen pairs, sources and targets each padded to their longest. */
export function pairsBatch({ sources, targets }: EncodedPairs, chosen: ArrayLike<number>): CountedPairs {
  const padded = (sequences: ExampleSequences) => {
    const length = longestOf(sequences, chosen)
    return tensor(sequences.rows(chosen, length), { shape: [chosen.length, length] })
  }
  const tokens = Array.from(chosen).reduce((sum, index) => sum + targets.lengths[index]! - 1, 0)
  return { source: padded(sources), target: padded(targets), tokens }
}
