import { Tokenizer } from '../tokenizer/index.ts'
import { parseJson } from './json.ts'
import { tokenizerFromVocabulary } from './tokenizer-from-vocabulary.ts'

/**
 * The tokenizer in the files of a model: `tokenizer.json`, or else `vocab.json` and `merges.txt`, if they are there.
 *
 * @throws Error if they are damaged or of another kind of tokenizer
 */
export function readTokenizer(files: ReadonlyMap<string, Uint8Array>): Tokenizer | undefined {
  const json = files.get('tokenizer.json')
  if (json) return Tokenizer.fromJSON(parseJson('tokenizer.json', json))
  const [vocabulary, merges] = [files.get('vocab.json'), files.get('merges.txt')]
  if (!vocabulary && !merges) return undefined
  if (!vocabulary || !merges) {
    throw new Error(`${vocabulary ? 'merges.txt' : 'vocab.json'} is missing; a tokenizer needs it beside the other one`)
  }
  const text = (file: Uint8Array): string => new TextDecoder().decode(file)
  return tokenizerFromVocabulary(text(vocabulary), text(merges))
}

/**
 * Checks that a model knows every id that a tokenizer gives.
 *
 * @throws RangeError with both numbers
 */
export function checkTokenizer({ vocabularySize }: Tokenizer, modelVocabularySize: number): void {
  if (vocabularySize <= modelVocabularySize) return
  throw new RangeError(
    `the tokenizer has ${vocabularySize} tokens, the model's vocabulary has ${modelVocabularySize}; they belong to different models`,
  )
}
