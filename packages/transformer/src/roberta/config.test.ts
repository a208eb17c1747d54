import { countParameters } from '@tlc/nn'
import { key, openBackend, useBackend } from '@tlc/tensor'
import { beforeAll, describe, expect, test } from 'vitest'
import { type RobertaSizes, robertaConfig } from './config.ts'
import { parameterCounts, trainingFlops } from './flops.ts'
import { fromHuggingFaceConfig, toHuggingFaceConfig } from './hugging-face-config.ts'
import { RobertaForMaskedLM } from './masked-lm.ts'
import { paperGrid } from './paper-grid.ts'

beforeAll(async () => useBackend(await openBackend('reference')))

const small: RobertaSizes = {
  layers: 2,
  hiddenSize: 8,
  heads: 2,
  feedForwardSize: 12,
  vocabularySize: 11,
  maxLength: 6,
}

describe('a configuration', () => {
  test('goes to config.json and back', () => {
    for (const normalization of ['post', 'pre'] as const) {
      const config = robertaConfig({
        ...small,
        normalization,
        dropout: 0.25,
        initializerRange: 0.01,
        activation: 'relu',
      })
      const written = { config, architecture: 'RobertaForSequenceClassification', labels: 3 }
      expect(fromHuggingFaceConfig(JSON.parse(JSON.stringify(toHuggingFaceConfig(written))))).toEqual(written)
    }
  })

  test('reads what roberta-base says', () => {
    const { config, architecture, labels } = fromHuggingFaceConfig({
      architectures: ['RobertaForMaskedLM'],
      attention_probs_dropout_prob: 0.1,
      bos_token_id: 0,
      eos_token_id: 2,
      hidden_act: 'gelu',
      hidden_dropout_prob: 0.1,
      hidden_size: 768,
      initializer_range: 0.02,
      intermediate_size: 3072,
      layer_norm_eps: 1e-5,
      max_position_embeddings: 514,
      model_type: 'roberta',
      num_attention_heads: 12,
      num_hidden_layers: 12,
      pad_token_id: 1,
      type_vocab_size: 1,
      vocab_size: 50_265,
    })
    expect(config).toEqual(robertaConfig(paperGrid.depth[2]!))
    expect([architecture, labels]).toEqual(['RobertaForMaskedLM', 2])
  })

  test('one error names every entry that is missing or wrong', () => {
    const json = {
      model_type: 'bert',
      num_hidden_layers: '12',
      hidden_act: 'mish',
      position_embedding_type: 'relative_key',
    }
    expect(() => fromHuggingFaceConfig(json)).toThrow(
      'config.json: model_type must be roberta or tlc-roberta-pre-norm, got "bert"; position_embedding_type must be ' +
        'absolute, got "relative_key"; num_hidden_layers must be a number, got "12"; hidden_size must be a number, got nothing',
    )
    expect(() => fromHuggingFaceConfig([])).toThrow('config.json: expected an object')
  })

  test('impossible sizes are refused', () => {
    expect(() => robertaConfig({ ...small, heads: 3 })).toThrow('hiddenSize 8 does not divide into 3 heads')
    expect(() => robertaConfig({ ...small, layers: 0 })).toThrow('layers must be a whole number > 0, got 0')
  })
})

describe('counts', () => {
  test('of parameters are those of the model', () => {
    for (const normalization of ['post', 'pre'] as const) {
      const config = robertaConfig({ ...small, normalization })
      const model = new RobertaForMaskedLM({ config, key: key(1) })
      expect(parameterCounts(config).total).toBe(countParameters(model))
    }
  })

  test('of the paper grid are the known sizes of RoBERTa', () => {
    const millions = (sizes: RobertaSizes): number => Math.round(parameterCounts(robertaConfig(sizes)).total / 1e6)
    // 12 layers of 768: 124.7 million with the head, which the published 125 million rounds.
    expect(paperGrid.depth.map(millions)).toEqual([61, 82, 125, 167, 210])
    expect(paperGrid.width.map(millions)).toEqual([23, 64, 125, 204, 420])
  })

  test('of a training step follow the formula', () => {
    const config = robertaConfig(small)
    const { total } = parameterCounts(config)
    const embeddings = (11 + 6 + 2) * 8
    const [batch, length] = [3, 5]
    const expected = 6 * (total - embeddings) * 15 + 6 * 11 * 8 * 0.15 * 15 + 12 * 2 * length ** 2 * 8 * batch
    expect(trainingFlops(config, batch, length)).toBeCloseTo(expected, 6)
  })
})
