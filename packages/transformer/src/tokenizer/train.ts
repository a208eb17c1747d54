import { byteSymbols } from './byte-alphabet.ts'
import { countWords } from './count-words.ts'
import { type CountedWord, learnMerges } from './learn-merges.ts'
import { Tokenizer } from './tokenizer.ts'
import { robertaSpecialTokens } from './tokenizer-model.ts'

/** Words are cut here for learning, so that one endless word cannot take forever. */
const longestWord = 256
const textsPerReport = 1000
const mergesPerReport = 100

/** How far the training is. How many texts there will be is not known. */
export type TokenizerTrainingProgress =
  | { readonly phase: 'counting'; readonly texts: number }
  | { readonly phase: 'merging'; readonly vocabularySize: number; readonly of: number }

export interface TokenizerTrainingOptions {
  /** Tokens to end up with, special tokens and alphabet included; fewer when the texts have no more pairs to merge. */
  readonly vocabularySize: number
  /** They get the ids 0, 1, …. Default: `<s> <pad> </s> <unk> <mask>`, as in RoBERTa. */
  readonly specialTokens?: readonly string[]
  /** A pair must occur this often to be merged, default 2. */
  readonly minFrequency?: number
  /** All 256 bytes (default), or only those the texts have: then the others are lost, or `<unk>` if there is one. */
  readonly alphabet?: 'bytes' | 'seen'
  /** Put a space before a text that has none, so that its first word is like any other. Default false. */
  readonly addPrefixSpace?: boolean
  readonly onProgress?: (progress: TokenizerTrainingProgress) => void
}

/**
 * Learns a byte-level BPE vocabulary: special tokens, then the byte alphabet, then one token per merge. The same texts
 * give the same tokenizer, in any order.
 *
 * @throws RangeError for a vocabulary too small for its special tokens and alphabet
 * @see Sennrich et al. 2016; Radford et al. 2019, section 2.2
 */
export function trainTokenizer(texts: Iterable<string>, options: TokenizerTrainingOptions): Tokenizer {
  const { vocabularySize, minFrequency = 2, alphabet = 'bytes', addPrefixSpace = false, onProgress } = options
  const specialTokens = options.specialTokens ?? robertaSpecialTokens
  if (!Number.isInteger(vocabularySize)) {
    throw new RangeError(`trainTokenizer: vocabularySize must be a whole number, got ${vocabularySize}`)
  }
  const counts = countWords(texts, addPrefixSpace, (seen) => {
    if (seen % textsPerReport === 0) onProgress?.({ phase: 'counting', texts: seen })
  })
  const clash = specialTokens.find((token, at) => byteSymbols.includes(token) || specialTokens.indexOf(token) !== at)
  if (clash !== undefined) {
    throw new RangeError(`trainTokenizer: special token ${JSON.stringify(clash)} is given twice or is a byte's symbol`)
  }
  const words = toBytes(counts)
  const bytes = alphabet === 'bytes' ? byteSymbols.map((_, byte) => byte) : seenBytes(words)
  const symbols = bytes.map((byte) => byteSymbols[byte] as string).sort() // by character code
  const vocabulary = [...specialTokens, ...symbols]
  if (vocabularySize < vocabulary.length) {
    throw new RangeError(
      `trainTokenizer: vocabularySize ${vocabularySize} is too small: ${specialTokens.length} special tokens and ` +
        `${symbols.length} bytes need ${vocabulary.length}, and merges come on top`,
    )
  }
  const merges = learnMerges(toIds(words, vocabulary), vocabulary, {
    vocabularySize,
    minFrequency,
    reserved: new Set(specialTokens),
    onMerge: (done) => {
      if (done % mergesPerReport !== 0 && vocabulary.length < vocabularySize) return
      onProgress?.({ phase: 'merging', vocabularySize: vocabulary.length, of: vocabularySize })
    },
  })
  return new Tokenizer({
    vocabulary,
    merges: merges.map(([left, right]) => [vocabulary[left] as string, vocabulary[right] as string]),
    specialTokens: specialTokens.map((token) => ({ token, stripLeft: token === '<mask>' })),
    addPrefixSpace,
    unknownToken: alphabet === 'seen' && specialTokens.includes('<unk>') ? '<unk>' : null,
  })
}

interface ByteWord {
  readonly bytes: Uint8Array
  readonly count: number
}

/** The words as bytes, long ones in pieces. */
function toBytes(counts: ReadonlyMap<string, number>): ByteWord[] {
  const encoder = new TextEncoder()
  const words: ByteWord[] = []
  for (const [word, count] of counts) {
    const bytes = encoder.encode(word)
    for (let start = 0; start < bytes.length; start += longestWord) {
      words.push({ bytes: bytes.subarray(start, start + longestWord), count })
    }
  }
  return words
}

function seenBytes(words: readonly ByteWord[]): number[] {
  const seen = new Set<number>()
  for (const { bytes } of words) for (const byte of bytes) seen.add(byte)
  return [...seen]
}

function toIds(words: readonly ByteWord[], vocabulary: readonly string[]): CountedWord[] {
  const ids = byteSymbols.map((symbol) => vocabulary.indexOf(symbol))
  return words.map(({ bytes, count }) => ({ symbols: Array.from(bytes, (byte) => ids[byte] as number), count }))
}
