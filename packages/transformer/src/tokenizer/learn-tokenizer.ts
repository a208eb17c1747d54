import { byteSymbols } from './byte-alphabet.ts'
import { learnMerges, type SymbolWords } from './learn-merges.ts'
import { Tokenizer } from './tokenizer.ts'
import { robertaSpecialTokens } from './tokenizer-model.ts'
import type { WordCounts } from './word-counts.ts'

/** How far the training is. How many texts there will be is not known. */
export type TokenizerTrainingProgress =
  | {
      readonly phase: 'counting'
      readonly texts: number
      /** Occurrences of rare words that were dropped because there were more words than `maxWords`; absent: none. */
      readonly dropped?: number
    }
  | { readonly phase: 'merging'; readonly vocabularySize: number; readonly of: number }

/** What is learned from the counted words. */
export interface VocabularyOptions {
  /** Tokens to end up with, special tokens and alphabet included; fewer when the texts have no more pairs to merge. */
  readonly vocabularySize: number
  /** They get the ids 0, 1, …. Default: `<s> <pad> </s> <unk> <mask>`, as in RoBERTa. */
  readonly specialTokens?: readonly string[]
  /** A pair must occur this often to be merged, default 2. */
  readonly minFrequency?: number
  /** All 256 bytes (default), or only those the texts have: then the others are lost, or `<unk>` if there is one. */
  readonly alphabet?: 'bytes' | 'seen'
}

/** @throws RangeError for options that no text could satisfy */
export function checkVocabularyOptions(options: VocabularyOptions): void {
  const { vocabularySize, specialTokens = robertaSpecialTokens, alphabet = 'bytes' } = options
  if (!Number.isInteger(vocabularySize)) {
    throw new RangeError(`trainTokenizer: vocabularySize must be a whole number, got ${vocabularySize}`)
  }
  const clash = specialTokens.find(
    (token, at) => token === '' || byteSymbols.includes(token) || specialTokens.indexOf(token) !== at,
  )
  if (clash !== undefined) {
    throw new RangeError(
      `trainTokenizer: special token ${JSON.stringify(clash)} is empty, given twice or a byte's symbol; give it another name`,
    )
  }
  if (alphabet === 'bytes') checkRoom(vocabularySize, specialTokens, byteSymbols.length)
}

/**
 * Learns a vocabulary from counted words, in steps that report how far it is.
 *
 * @throws RangeError for a vocabulary too small for its special tokens and alphabet
 */
export function* learnTokenizer(
  wordCounts: WordCounts,
  options: VocabularyOptions,
): Generator<TokenizerTrainingProgress, Tokenizer> {
  checkVocabularyOptions(options)
  const { vocabularySize, specialTokens = robertaSpecialTokens, minFrequency = 2, alphabet = 'bytes' } = options
  const words = toBytes(wordCounts)
  const bytes: readonly number[] = [...(alphabet === 'bytes' ? byteSymbols.keys() : new Set(words.symbols))]
  const symbols = bytes.map((byte) => byteSymbols[byte] as string).sort() // by character code
  checkRoom(vocabularySize, specialTokens, symbols.length)
  const vocabulary = [...specialTokens, ...symbols]
  const ids = new Map(vocabulary.map((token, id) => [token, id]))
  const idOfByte = byteSymbols.map((symbol) => ids.get(symbol) ?? -1)
  words.symbols.forEach((byte, at) => {
    words.symbols[at] = idOfByte[byte] as number
  })

  const learning = learnMerges(words, vocabulary, { vocabularySize, minFrequency, reserved: new Set(specialTokens) })
  let step = learning.next()
  for (; !step.done; step = learning.next()) {
    yield { phase: 'merging', vocabularySize: vocabulary.length, of: vocabularySize }
  }
  return new Tokenizer({
    vocabulary,
    merges: step.value.map(([left, right]) => [vocabulary[left] as string, vocabulary[right] as string]),
    specialTokens: specialTokens.map((token) => ({ token, stripLeft: token === '<mask>' })),
    addPrefixSpace: wordCounts.addPrefixSpace,
    unknownToken: alphabet === 'seen' && specialTokens.includes('<unk>') ? '<unk>' : null,
  })
}

function checkRoom(vocabularySize: number, specialTokens: readonly string[], bytes: number): void {
  const needed = specialTokens.length + bytes
  if (vocabularySize >= needed) return
  throw new RangeError(
    `trainTokenizer: vocabularySize ${vocabularySize} is too small: ${specialTokens.length} special tokens and ` +
      `${bytes} bytes need ${needed}, and merges come on top`,
  )
}

/** The words as bytes. */
function toBytes(wordCounts: WordCounts): SymbolWords {
  const starts = new Float64Array(wordCounts.words)
  const lengths = new Int32Array(wordCounts.words)
  const counts = new Float64Array(wordCounts.words)
  const encoder = new TextEncoder()
  let bytes = new Uint8Array(2 ** 16)
  let total = 0
  let word = 0
  for (const [text, count] of wordCounts.entries()) {
    if (total + 3 * text.length > bytes.length) bytes = grown(bytes)
    const { written } = encoder.encodeInto(text, bytes.subarray(total))
    starts[word] = total
    lengths[word] = written
    counts[word++] = count
    total += written
  }
  return { symbols: Int32Array.from(bytes.subarray(0, total)), starts, lengths, counts }
}

function grown(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(2 * bytes.length)
  larger.set(bytes)
  return larger
}
