import { RobertaForSequenceClassification } from '../roberta/classification.ts'
import { fromHuggingFaceConfig } from '../roberta/hugging-face-config.ts'
import { RobertaForMaskedLM } from '../roberta/masked-lm.ts'
import { RobertaModel } from '../roberta/model.ts'
import { RobertaForTokenClassification } from '../roberta/token-classification.ts'
import type { Tokenizer } from '../tokenizer/index.ts'
import { parseJson } from './json.ts'
import { type PretrainedSource, reading, readPretrained } from './source.ts'
import { checkTokenizer, readTokenizer } from './tokenizer-files.ts'

/** The models that can be loaded without saying which. */
export type PretrainedModel =
  | RobertaModel
  | RobertaForMaskedLM
  | RobertaForSequenceClassification
  | RobertaForTokenClassification

/** A model and its tokenizer, if there is one. */
export interface LoadedModel {
  readonly model: PretrainedModel
  readonly tokenizer: Tokenizer | undefined
}

interface Loader {
  fromPretrained(source: PretrainedSource): Promise<PretrainedModel>
}

/** What is read before it is known whose configuration it is. */
interface ConfigFile {
  readonly architectures: unknown
  readonly vocab_size: unknown
}

/** The class for each architecture that `config.json` may name. */
const architectures: { readonly [name: string]: Loader } = {
  RobertaModel,
  RobertaForMaskedLM,
  RobertaForSequenceClassification,
  RobertaForTokenClassification,
  BertModel: RobertaModel,
  BertForMaskedLM: RobertaForMaskedLM,
  BertForPreTraining: RobertaForMaskedLM,
  BertForSequenceClassification: RobertaForSequenceClassification,
  BertForTokenClassification: RobertaForTokenClassification,
}

/**
 * The model that `config.json` describes, and the tokenizer beside it.
 *
 * @throws Error saying what is missing, corrupt, unknown, or does not fit the configuration; also if the tokenizer has more
 *   tokens than the model
 */
export async function loadPretrained(source: PretrainedSource): Promise<LoadedModel> {
  const files = await readPretrained(source)
  return reading(source, async () => {
    const json = parseJson('config.json', files.get('config.json')!) as Partial<ConfigFile> | null
    const architecture = architectureOf(json)
    const loader = Object.hasOwn(architectures, architecture) ? architectures[architecture] : undefined
    if (!loader) {
      const known = Object.keys(architectures).join(', ')
      throw new TypeError(`config.json: the architecture is '${architecture}', expected one of ${known}`)
    }
    const tokenizer = readTokenizer(files)
    if (tokenizer && typeof json?.vocab_size === 'number') checkTokenizer(tokenizer, json.vocab_size)
    return { model: await loader.fromPretrained(files), tokenizer }
  })
}

/** The class that `config.json` names; without one it is a masked language model of RoBERTa or BERT. */
function architectureOf(json: Partial<ConfigFile> | null): string {
  const named = json?.architectures
  if (named === undefined) return fromHuggingFaceConfig(json).architecture
  if (Array.isArray(named) && typeof named[0] === 'string') return named[0]
  throw new TypeError(
    `config.json: architectures must be a list with the name of a class, got ${JSON.stringify(named)}`,
  )
}
