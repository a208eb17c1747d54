import { parseSafetensors } from '@tlc/nn'
import { key, openBackend, useBackend } from '@tlc/tensor'
import { beforeAll, expect, test } from 'vitest'
import { RobertaForSequenceClassification } from './classification.ts'
import { robertaConfig } from './config.ts'
import { RobertaForMaskedLM } from './masked-lm.ts'
import { RobertaModel } from './model.ts'
import type { PretrainedRoberta } from './pretrained.ts'
import { RobertaForTokenClassification } from './token-classification.ts'

beforeAll(async () => useBackend(await openBackend('reference')))

type Weights = readonly (readonly [name: string, shape: readonly number[]])[]

/** The weights of every model, as Hugging Face's classes save them: tied ones once, no pooler where none is used. */
const encoder: Weights = [
  ['roberta.embeddings.word_embeddings.weight', [11, 4]],
  ['roberta.embeddings.position_embeddings.weight', [8, 4]],
  ['roberta.embeddings.token_type_embeddings.weight', [1, 4]],
  ['roberta.embeddings.LayerNorm.weight', [4]],
  ['roberta.embeddings.LayerNorm.bias', [4]],
  ['roberta.encoder.layer.0.attention.self.query.weight', [4, 4]],
  ['roberta.encoder.layer.0.attention.self.query.bias', [4]],
  ['roberta.encoder.layer.0.attention.self.key.weight', [4, 4]],
  ['roberta.encoder.layer.0.attention.self.key.bias', [4]],
  ['roberta.encoder.layer.0.attention.self.value.weight', [4, 4]],
  ['roberta.encoder.layer.0.attention.self.value.bias', [4]],
  ['roberta.encoder.layer.0.attention.output.dense.weight', [4, 4]],
  ['roberta.encoder.layer.0.attention.output.dense.bias', [4]],
  ['roberta.encoder.layer.0.attention.output.LayerNorm.weight', [4]],
  ['roberta.encoder.layer.0.attention.output.LayerNorm.bias', [4]],
  ['roberta.encoder.layer.0.intermediate.dense.weight', [6, 4]],
  ['roberta.encoder.layer.0.intermediate.dense.bias', [6]],
  ['roberta.encoder.layer.0.output.dense.weight', [4, 6]],
  ['roberta.encoder.layer.0.output.dense.bias', [4]],
  ['roberta.encoder.layer.0.output.LayerNorm.weight', [4]],
  ['roberta.encoder.layer.0.output.LayerNorm.bias', [4]],
  ['roberta.encoder.layer.1.attention.self.query.weight', [4, 4]],
  ['roberta.encoder.layer.1.attention.self.query.bias', [4]],
  ['roberta.encoder.layer.1.attention.self.key.weight', [4, 4]],
  ['roberta.encoder.layer.1.attention.self.key.bias', [4]],
  ['roberta.encoder.layer.1.attention.self.value.weight', [4, 4]],
  ['roberta.encoder.layer.1.attention.self.value.bias', [4]],
  ['roberta.encoder.layer.1.attention.output.dense.weight', [4, 4]],
  ['roberta.encoder.layer.1.attention.output.dense.bias', [4]],
  ['roberta.encoder.layer.1.attention.output.LayerNorm.weight', [4]],
  ['roberta.encoder.layer.1.attention.output.LayerNorm.bias', [4]],
  ['roberta.encoder.layer.1.intermediate.dense.weight', [6, 4]],
  ['roberta.encoder.layer.1.intermediate.dense.bias', [6]],
  ['roberta.encoder.layer.1.output.dense.weight', [4, 6]],
  ['roberta.encoder.layer.1.output.dense.bias', [4]],
  ['roberta.encoder.layer.1.output.LayerNorm.weight', [4]],
  ['roberta.encoder.layer.1.output.LayerNorm.bias', [4]],
]

/** RobertaForMaskedLM */
const maskedLM: Weights = [
  ['lm_head.bias', [11]],
  ['lm_head.dense.weight', [4, 4]],
  ['lm_head.dense.bias', [4]],
  ['lm_head.layer_norm.weight', [4]],
  ['lm_head.layer_norm.bias', [4]],
]

/** RobertaForSequenceClassification */
const sequenceClassification: Weights = [
  ['classifier.dense.weight', [4, 4]],
  ['classifier.dense.bias', [4]],
  ['classifier.out_proj.weight', [3, 4]],
  ['classifier.out_proj.bias', [3]],
]

/** RobertaForTokenClassification, and BertForTokenClassification */
const tokenClassification: Weights = [
  ['classifier.weight', [3, 4]],
  ['classifier.bias', [3]],
]

/** BertForMaskedLM */
const bertMaskedLM: Weights = [
  ['cls.predictions.bias', [11]],
  ['cls.predictions.transform.dense.weight', [4, 4]],
  ['cls.predictions.transform.dense.bias', [4]],
  ['cls.predictions.transform.LayerNorm.weight', [4]],
  ['cls.predictions.transform.LayerNorm.bias', [4]],
]

/** BertForSequenceClassification */
const bertSequenceClassification: Weights = [
  ['bert.pooler.dense.weight', [4, 4]],
  ['bert.pooler.dense.bias', [4]],
  ['classifier.weight', [3, 4]],
  ['classifier.bias', [3]],
]

/** BERT's encoder has another prefix, positions from 0, and two token types. */
const bertEncoder: Weights = encoder.map(([name, shape]) => {
  if (name.includes('position')) return ['bert.embeddings.position_embeddings.weight', [6, 4]]
  if (name.includes('token_type')) return ['bert.embeddings.token_type_embeddings.weight', [2, 4]]
  return [name.replace('roberta.', 'bert.'), shape]
})

const sizes = { layers: 2, hiddenSize: 4, heads: 2, feedForwardSize: 6, vocabularySize: 11, maxLength: 6 }
const options = { config: robertaConfig(sizes), key: key(1) }
const bert = { config: robertaConfig({ ...sizes, family: 'bert' }), key: key(1) }

const cases: readonly (readonly [architecture: string, make: () => PretrainedRoberta, weights: Weights])[] = [
  ['RobertaForMaskedLM', () => new RobertaForMaskedLM(options), [...encoder, ...maskedLM]],
  [
    'RobertaForSequenceClassification',
    () => new RobertaForSequenceClassification({ ...options, labels: 3 }),
    [...encoder, ...sequenceClassification],
  ],
  [
    'RobertaForTokenClassification',
    () => new RobertaForTokenClassification({ ...options, labels: 3 }),
    [...encoder, ...tokenClassification],
  ],
  [
    'RobertaModel',
    () => new RobertaModel(options),
    encoder.map(([name, shape]) => [name.replace('roberta.', ''), shape]),
  ],
  ['BertForMaskedLM', () => new RobertaForMaskedLM(bert), [...bertEncoder, ...bertMaskedLM]],
  [
    'BertForSequenceClassification',
    () => new RobertaForSequenceClassification({ ...bert, labels: 3 }),
    [...bertEncoder, ...bertSequenceClassification],
  ],
  [
    'BertForTokenClassification',
    () => new RobertaForTokenClassification({ ...bert, labels: 3 }),
    [...bertEncoder, ...tokenClassification],
  ],
]

test.each(cases)(
  'a checkpoint of %s has exactly the names and shapes of Hugging Face',
  async (architecture, make, expected) => {
    const files = await make().encodePretrained()
    expect([...files.keys()]).toEqual(['config.json', 'model.safetensors'])
    const config = JSON.parse(new TextDecoder().decode(files.get('config.json')))
    expect(config.architectures).toEqual([architecture])
    const { tensors, metadata } = parseSafetensors(files.get('model.safetensors')!)
    // Hugging Face refuses files that do not say so.
    expect(metadata.get('format')).toBe('pt')
    const shapes = Object.fromEntries([...tensors].map(([name, { shape }]) => [name, shape]))
    expect(shapes).toEqual(Object.fromEntries(expected))
    expect(tensors.size).toBe(expected.length)
    expect([...tensors.values()].every(({ type }) => type === 'F32')).toBe(true)
  },
)
