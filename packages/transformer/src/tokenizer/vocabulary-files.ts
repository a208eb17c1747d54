import { byteSymbols } from './byte-alphabet.ts'
import { parseJson } from './json-field.ts'
import { Tokenizer } from './tokenizer.ts'
import { robertaSpecialTokens } from './tokenizer-model.ts'
import { vocabularyOf } from './vocabulary-of.ts'

const mergesHeader = '#version: 0.2'

/** Special where a vocabulary has them: these files do not say which tokens are. */
const wellKnown: readonly string[] = [...robertaSpecialTokens, '<|endoftext|>']

export interface VocabularyFilesOptions {
  /** Default: those of RoBERTa and GPT-2 that the vocabulary has. */
  readonly specialTokens?: readonly string[]
  /** Whether a text that starts without a space is given one. Default false, as in RoBERTa and GPT-2. */
  readonly addPrefixSpace?: boolean
}

/** The two files that came before `tokenizer.json`, as text. */
export interface VocabularyFiles {
  /** `vocab.json`: the id of each token. */
  readonly vocab: string
  /** `merges.txt`: a line with a version, then two tokens on each line, first learned first. */
  readonly merges: string
}

/**
 * The tokenizer in `vocab.json` and `merges.txt`, as RoBERTa and GPT-2 have them.
 *
 * @param vocab as text or parsed
 * @throws Error that names the line or the token that is damaged, or that contradicts another
 */
export function tokenizerFromVocabulary(
  vocab: unknown,
  merges: string,
  options: VocabularyFilesOptions = {},
): Tokenizer {
  const vocabulary = vocabularyOf(parseJson(vocab, 'vocab.json'), [])
  const tokens = new Set(vocabulary)
  const { specialTokens = wellKnown.filter((token) => tokens.has(token)), addPrefixSpace = false } = options
  const complete = byteSymbols.every((symbol) => tokens.has(symbol))
  return new Tokenizer({
    vocabulary,
    merges: parseMerges(merges),
    specialTokens: specialTokens.map((token) => ({ token, stripLeft: token === '<mask>' })),
    addPrefixSpace,
    unknownToken: !complete && tokens.has('<unk>') ? '<unk>' : null,
  })
}

/** The contents of `vocab.json` and `merges.txt`. They do not hold which tokens are special, nor `addPrefixSpace`. */
export function vocabularyFiles({ model }: Tokenizer): VocabularyFiles {
  const ids = Object.fromEntries(model.vocabulary.map((token, id) => [token, id]))
  const lines = model.merges.map(([left, right]) => `${left} ${right}`)
  return { vocab: JSON.stringify(ids), merges: `${[mergesHeader, ...lines].join('\n')}\n` }
}

function parseMerges(text: string): [string, string][] {
  const merges: [string, string][] = []
  text.split(/\r?\n/).forEach((line, index) => {
    if (line === '' || (index === 0 && line.startsWith('#version'))) return
    const [left, right, ...more] = line.split(' ')
    if (!left || !right || more.length > 0) {
      const found = JSON.stringify(line.slice(0, 80))
      throw new Error(`merges.txt: line ${index + 1}: expected two tokens with a space between, found ${found}`)
    }
    merges.push([left, right])
  })
  return merges
}
