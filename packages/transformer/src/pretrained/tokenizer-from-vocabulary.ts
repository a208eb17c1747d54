import { robertaSpecialTokens, Tokenizer } from '../tokenizer/index.ts'
import { parseJson } from './json.ts'

/**
 * The tokenizer in the two files that came before `tokenizer.json`: tokens and their ids, and a line for each merge.
 *
 * @throws Error if they are damaged or contradict each other
 */
export function tokenizerFromVocabulary(vocabJson: string, mergesTxt: string): Tokenizer {
  const ids = parseJson('vocab.json', new TextEncoder().encode(vocabJson)) as Readonly<Record<string, number>>
  const vocabulary: string[] = []
  for (const [token, id] of Object.entries(ids)) {
    if (!Number.isInteger(id) || id < 0 || vocabulary[id] !== undefined)
      throw new TypeError(`vocab.json: the id of ${JSON.stringify(token)} is ${id}, expected a whole number of its own`)
    vocabulary[id] = token
  }
  const gap = Array.from(vocabulary).indexOf(undefined as never)
  if (gap >= 0) throw new TypeError(`vocab.json: no token has the id ${gap}; ids must have no gaps`)
  const lines = mergesTxt
    .split(/\r?\n/)
    .filter((line, index) => line !== '' && !(index === 0 && line.startsWith('#version')))
  const merges = lines.map((line) => {
    const pair = line.split(' ')
    if (pair.length !== 2) throw new TypeError(`merges.txt: expected two tokens in a line, got ${JSON.stringify(line)}`)
    return pair as [string, string]
  })
  const specialTokens = robertaSpecialTokens
    .filter((token) => Object.hasOwn(ids, token))
    .map((token) => ({ token, stripLeft: token === '<mask>' }))
  const unknownToken = Object.hasOwn(ids, '<unk>') ? '<unk>' : null
  return new Tokenizer({ vocabulary, merges, specialTokens, addPrefixSpace: false, unknownToken })
}
