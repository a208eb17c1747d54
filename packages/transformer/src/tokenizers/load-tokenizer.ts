import { Tokenizer } from '../tokenizer/index.ts'
import { parseJson, UnsupportedTokenizer } from '../tokenizer/json-field.ts'
import type { TextTokenizer } from '../tokenizer/text-tokenizer.ts'
import { LibraryTokenizer } from './library-tokenizer.ts'

/**
 * The tokenizer in any `tokenizer.json`: a `Tokenizer` where the file is a byte-level BPE that it implements exactly, else
 * (WordPiece, Unigram, other BPEs) one by npm `@huggingface/tokenizers`, which is loaded only then. That one reads special
 * tokens in texts always, as Hugging Face does.
 *
 * @param json as text or parsed
 * @throws Error that says what is damaged, or that the package is not installed
 */
export async function loadTokenizer(json: unknown): Promise<TextTokenizer> {
  try {
    return Tokenizer.fromJSON(json)
  } catch (error) {
    if (!(error instanceof UnsupportedTokenizer)) throw error
    const file = parseJson(json, 'tokenizer.json')
    file
      .get('model')
      .get('type')
      .expect(...models, undefined)
    return new LibraryTokenizer(await openLibrary(file.value, error))
  }
}

/** Of others the library makes what it can, without a word. Older files do not name theirs: it tells these apart. */
const models = ['BPE', 'WordPiece', 'Unigram']

type Library = import('@huggingface/tokenizers').Tokenizer

async function openLibrary(file: unknown, unsupported: UnsupportedTokenizer): Promise<Library> {
  const library = await import('@huggingface/tokenizers').catch((cause: unknown) => {
    throw new Error(`${unsupported.message}; for such files: npm install @huggingface/tokenizers`, { cause })
  })
  try {
    const { added_tokens, ...rest } = file as { added_tokens?: unknown }
    return new library.Tokenizer({ ...rest, added_tokens: added_tokens ?? [] }, {})
  } catch (cause) {
    throw new Error(
      `${unsupported.message}; @huggingface/tokenizers cannot read it either: ${(cause as Error).message}`,
      { cause },
    )
  }
}
