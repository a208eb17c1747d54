import { countParameters, summary, unitGroups } from '@tlc/nn'
import { key, openBackend, useBackend } from '@tlc/tensor'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { type RobertaConfig, type RobertaSizes, robertaConfig } from './config.ts'
import { parameterCounts, trainingFlops } from './flops.ts'
import { fromHuggingFaceConfig, toHuggingFaceConfig } from './hugging-face-config.ts'
import { RobertaForMaskedLM } from './masked-lm.ts'
import { lookAtNeighbours } from './neighbour-attention.ts'
import { paperGrid, scaledGrids } from './paper-grid.ts'

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
        pooling: normalization === 'pre' ? 'mean' : 'first',
        dropout: 0.25,
        initializerRange: 0.01,
        activation: 'relu',
      })
      const written = { config, architecture: 'RobertaForSequenceClassification', labelNames: ['no', 'maybe', 'yes'] }
      expect(fromHuggingFaceConfig(JSON.parse(JSON.stringify(toHuggingFaceConfig(written))))).toEqual(written)
    }
  })

  test('that lost heads is RoBERTa still, one that lost features or neurons by layer is not', () => {
    const written = (options: Partial<RobertaConfig>) => {
      const config = robertaConfig({ ...small, ...options })
      const given = { config, architecture: 'RobertaForMaskedLM', labelNames: ['LABEL_0', 'LABEL_1'] }
      const json = JSON.parse(JSON.stringify(toHuggingFaceConfig(given)))
      expect(fromHuggingFaceConfig(json)).toEqual(given)
      return json
    }
    const lostHeads = written({ prunedHeads: [[], [1]], feedForwardSize: 5 })
    expect(lostHeads).toMatchObject({
      model_type: 'roberta',
      pruned_heads: { 1: [1] },
      num_attention_heads: 2,
      intermediate_size: 5,
    })
    expect(written({ feedForwardSizes: [12, 7] })).toMatchObject({
      model_type: 'tlc-roberta',
      intermediate_size: 12,
      layer_intermediate_sizes: [12, 7],
    })
    const lostFeatures = { hidden_size: 8, original_hidden_size: 10 }
    expect(written({ originalHiddenSize: 10 })).toMatchObject({ model_type: 'tlc-roberta', ...lostFeatures })
    expect(fromHuggingFaceConfig({ ...lostHeads, pruned_heads: {} }).config).toEqual(
      robertaConfig({ ...small, feedForwardSize: 5 }),
    )
    for (const pruned_heads of [{ 2: [0] }, { x: [0] }, { 0: 1 }, 'all', { 0: ['1'] }]) {
      expect(() => fromHuggingFaceConfig({ ...lostHeads, pruned_heads })).toThrow(
        `pruned_heads must be lists of numbers by layer from 0 to 1, got ${JSON.stringify(pruned_heads)}`,
      )
    }
  })

  test('reads what roberta-base says', () => {
    const { config, architecture, labelNames } = fromHuggingFaceConfig({
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
    expect(architecture).toBe('RobertaForMaskedLM')
    expect(labelNames).toEqual(['LABEL_0', 'LABEL_1'])
  })

  test('reads what bert-base-uncased says, and BERT leaves out', () => {
    const { config, labelNames } = fromHuggingFaceConfig({
      architectures: ['BertForSequenceClassification'],
      hidden_size: 768,
      intermediate_size: 3072,
      max_position_embeddings: 512,
      model_type: 'bert',
      num_attention_heads: 12,
      num_hidden_layers: 12,
      num_labels: 3,
      vocab_size: 30_522,
    })
    expect(config).toEqual(robertaConfig({ ...paperGrid.depth[2]!, vocabularySize: 30_522, family: 'bert' }))
    expect(config).toMatchObject({ maxLength: 512, tokenTypes: 2, paddingId: 0, layerNormEpsilon: 1e-12 })
    expect(labelNames).toEqual(['LABEL_0', 'LABEL_1', 'LABEL_2'])
  })

  test('keeps any names of labels, in their order', () => {
    const names = fc.uniqueArray(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('__proto__', '1', '')), {
      minLength: 2,
    })
    fc.assert(
      fc.property(names, (labelNames) => {
        const given = { config: robertaConfig(small), architecture: 'RobertaForTokenClassification', labelNames }
        expect(fromHuggingFaceConfig(JSON.parse(JSON.stringify(toHuggingFaceConfig(given))))).toEqual(given)
      }),
    )
  })

  test('one error names every entry that is missing or wrong', () => {
    const json = {
      model_type: 'gpt2',
      num_hidden_layers: '12',
      hidden_act: 'mish',
      position_embedding_type: 'relative_key',
      tie_word_embeddings: false,
      id2label: { 0: 'no', 2: 'yes' },
    }
    const problems = [
      'config.json: model_type must be roberta or bert or tlc-roberta or tlc-bert, got "gpt2"',
      'position_embedding_type must be absolute, got "relative_key"',
      'tie_word_embeddings must be true, got false',
      'num_hidden_layers must be a number, got "12"',
      'hidden_size must be a number, got nothing',
      'hidden_act must be relu or gelu or tanh or sigmoid or silu, got "mish"',
      'id2label must have a name for each id from 0 on, got {"0":"no","2":"yes"}',
    ]
    for (const problem of problems) expect(() => fromHuggingFaceConfig(json)).toThrow(problem)
    expect(() => fromHuggingFaceConfig([])).toThrow('config.json: expected an object')
  })

  test('impossible sizes are refused', () => {
    expect(() => robertaConfig({ ...small, heads: 3 })).toThrow('hiddenSize 8 does not divide into 3 heads')
    expect(() => robertaConfig({ ...small, layers: 0 })).toThrow('layers must be a whole number > 0, got 0')
    expect(() => robertaConfig({ ...small, dropout: 1 })).toThrow('dropout must be a rate from 0 to less than 1, got 1')
    const unknown = { ...small, activation: 'mish' as 'gelu' }
    expect(() => robertaConfig(unknown)).toThrow(
      "activation must be relu or gelu or tanh or sigmoid or silu, got 'mish'",
    )
    expect(() => robertaConfig({ ...small, family: 'gpt' as 'bert' })).toThrow(
      "family must be roberta or bert, got 'gpt'",
    )
    const shapes: readonly (readonly [Partial<RobertaConfig>, string])[] = [
      [{ prunedHeads: [[0]] }, 'prunedHeads must have an entry for each of 2 layers, got 1'],
      [
        { prunedHeads: [[], [0, 1]] },
        'prunedHeads must be different numbers from 0 to 1 that leave a head, got [0, 1]',
      ],
      [{ prunedHeads: [[], [2]] }, 'that leave a head, got [2]'],
      [{ feedForwardSizes: [1, 2, 3] }, 'feedForwardSizes must have an entry for each of 2 layers, got 3'],
      [{ feedForwardSizes: [1, 0] }, 'feedForwardSizes must be whole numbers > 0, got 0'],
      [{ originalHiddenSize: 7 }, 'originalHiddenSize must be a whole number >= hiddenSize 8, got 7'],
      [{ originalHiddenSize: 9 }, 'originalHiddenSize 9 does not divide into 2 heads'],
      [{ prunedHeads: [[], [0]], sharing: 'attention' }, 'layers that share attention blocks must have one shape'],
      [{ feedForwardSizes: [1, 2], sharing: 'layers' }, 'layers that share everything must have one shape'],
    ]
    for (const [shape, problem] of shapes) expect(() => robertaConfig({ ...small, ...shape })).toThrow(problem)
  })
})

describe('a model that was cut', () => {
  test('says what would make one of its shape, with the sizes that it has', () => {
    const model = new RobertaForMaskedLM({ config: robertaConfig(small), key: key(1) })
    expect(model.roberta.config).toEqual(robertaConfig(small))
    unitGroups(model, 'head')[1]!.keep([1])
    unitGroups(model, 'neuron')[0]!.keep([0, 2, 4])
    unitGroups(model, 'hidden')[0]!.keep([0, 1, 2, 3, 6])
    const { config } = model.roberta
    expect(config).toEqual(
      robertaConfig({
        ...small,
        hiddenSize: 5,
        originalHiddenSize: 8,
        prunedHeads: [[], [0]],
        feedForwardSizes: [3, 12],
      }),
    )
    const again = new RobertaForMaskedLM({ config, key: key(1) })
    const shapes = (of: RobertaForMaskedLM) => summary(of).rows.map(({ name, shape }) => [name, shape])
    expect(shapes(again)).toEqual(shapes(model))
    expect(() => lookAtNeighbours(again.roberta)).toThrow('heads or features were removed')
  })

  test('cannot lose features where the head makes something of nothing', () => {
    const config = robertaConfig({ ...small, activation: 'sigmoid' })
    expect(() => unitGroups(new RobertaForMaskedLM({ config, key: key(1) }), 'hidden')).toThrow('sigmoid makes 1/2')
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

  test('of the paper grid are those of its table, and the parameters that the table leaves out', () => {
    // Millions without and with embeddings of words, 12 L H² and 50,265 H more, in the order of the table.
    const table = {
      depth: [
        [21.2, 59.8],
        [42.5, 81.1],
        [84.9, 123.5],
        [127.4, 166.0],
        [169.9, 208.5],
      ],
      width: [
        [9.4, 22.3],
        [37.7, 63.5],
        [84.9, 123.5],
        [151.0, 202.5],
        [339.7, 416.9],
      ],
    }
    for (const family of ['depth', 'width'] as const) {
      for (const [index, sizes] of paperGrid[family].entries()) {
        const { layers: l, hiddenSize: h, heads, feedForwardSize } = sizes
        expect([heads * 64, feedForwardSize]).toEqual([h, 4 * h])
        // Biases and normalizations of layers; positions, the token type, a normalization; the head.
        const leftOut = 13 * l * h + (514 + 1 + 2) * h + (h * h + 3 * h + 50_265)
        const { total } = parameterCounts(robertaConfig(sizes))
        const millions = [total - leftOut - 50_265 * h, total - leftOut].map((count) => Math.round(count / 1e5) / 10)
        expect(millions).toEqual(table[family][index])
      }
    }
  })

  test('of the scaled grids have the ratios of the paper, and half of its heads', () => {
    const { S, M, smoke } = scaledGrids
    // 12 L H² in thousands: what the design of the study says.
    const thousands = ({ layers, hiddenSize }: RobertaSizes): number =>
      Math.round((12 * layers * hiddenSize ** 2) / 1000)
    expect(S.depth.map(thousands)).toEqual([28, 55, 111, 166, 221])
    expect(S.width.map(thousands)).toEqual([12, 49, 111, 197, 442])
    expect(M.depth.map(thousands)).toEqual([111, 221, 442, 664, 885])
    expect(M.width.map(thousands)).toEqual([49, 197, 442, 786, 1769])
    for (const tier of [S, M]) {
      expect(tier.width.map(({ heads }) => heads)).toEqual(paperGrid.width.map(({ heads }) => heads / 2))
      expect(tier.depth.map(({ layers }) => layers / 4)).toEqual(paperGrid.depth.map(({ layers }) => layers / 12))
      tier.width.forEach(({ hiddenSize }, i) =>
        expect(hiddenSize / tier.depth[0]!.hiddenSize).toBeCloseTo(paperGrid.width[i]!.hiddenSize / 768, 12),
      )
    }
    for (const sizes of [S, M, smoke].flatMap(({ depth, width }) => [...depth, ...width])) robertaConfig(sizes)
  })

  test('of a training step follow the formula', () => {
    const config = robertaConfig(small)
    const { total } = parameterCounts(config)
    const embeddings = (11 + 6 + 2) * 8
    const [batch, length] = [3, 5]
    const expected = 6 * (total - embeddings) * 15 + 6 * 11 * 8 * 0.15 * 15 + 12 * 2 * length ** 2 * 8 * batch
    expect(trainingFlops(config, batch, length)).toBeCloseTo(expected, 6)
    // Two of four heads of 4 features lost, and 5 of 12 neurons of one layer.
    const cut = robertaConfig({ ...small, prunedHeads: [[0], [1]], feedForwardSizes: [12, 7] })
    const lost = 2 * (4 * 8 * 4 + 3 * 4) + 5 * (2 * 8 + 1)
    expect(parameterCounts(cut).total).toBe(total - lost)
    const saved = 6 * lost * 15 + 12 * 2 * 4 * length ** 2 * batch
    expect(trainingFlops(cut, batch, length)).toBeCloseTo(expected - saved, 6)
  })
})
