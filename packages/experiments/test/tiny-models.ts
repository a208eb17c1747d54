import { key, openBackend, withBackend } from '@tlc/tensor'
import { RobertaForMaskedLM, RobertaForSequenceClassification, robertaConfig, trainTokenizer } from '@tlc/transformer'
import { syntheticReviews } from '../src/data/sources/synthetic.ts'
import type { Event, Outcome } from './tlc.ts'

/** `label<TAB>text` lines of film opinions. */
export function labelledReviews(count: number, seed: number): string {
  return syntheticReviews(count, seed)
    .map(({ texts, label }) => `${label === 'positive' ? 'good' : 'bad'}\t${texts[0]}\n`)
    .join('')
}

const english = ['sun', 'moon', 'star', 'tree', 'lake', 'hill', 'bird', 'wolf', 'fish', 'stone']
const french = ['soleil', 'lune', 'étoile', 'arbre', 'lac', 'colline', 'oiseau', 'loup', 'poisson', 'pierre']

/** `source<TAB>target` lines: two or three words, translated one by one, in the reverse order. All there are. */
export function reversedTranslations(): string {
  const numbers = [...english.keys()]
  const pairs = numbers.flatMap((a) => numbers.map((b) => [a, b]))
  const all = [...pairs, ...pairs.flatMap((pair) => numbers.map((c) => [...pair, c]))]
  const say = (words: readonly string[], chosen: readonly number[]): string => chosen.map((at) => words[at]!).join(' ')
  return all.map((chosen) => `${say(english, chosen)}\t${say(french, chosen.toReversed())}\n`).join('')
}

/** The lines of `--json`. */
export function events({ stdout }: Outcome): Event[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Event)
}

const tinyModels = {
  classifier: RobertaForSequenceClassification,
  maskedLM: RobertaForMaskedLM,
}

/**
 * Saves a model of film opinions, not trained, of one layer.
 *
 * @param labelledLines what it reads later
 */
export async function saveTinyModel(
  folder: string,
  labelledLines: string,
  kind: keyof typeof tinyModels = 'classifier',
): Promise<void> {
  const texts = labelledLines.split('\n').map((line) => line.slice(line.indexOf('\t') + 1))
  const tokenizer = trainTokenizer(texts, { vocabularySize: 400 })
  const sizes = { layers: 1, hiddenSize: 32, heads: 4, feedForwardSize: 64, maxLength: 24, dropout: 0 }
  const config = robertaConfig({ ...sizes, pooling: 'mean', vocabularySize: tokenizer.vocabularySize })
  const backend = await openBackend('reference')
  const model = withBackend(backend, () => new tinyModels[kind]({ config, labels: ['bad', 'good'], key: key(1) }))
  await model.savePretrained(folder, { tokenizer })
  await backend.close()
}
