import { encodeTensors, parseSafetensors } from '@tlc/nn'
import { concat, openBackend, range, type Tensor, tensor, useBackend } from '@tlc/tensor'
import { beforeAll, describe, expect, test } from 'vitest'
import { backendNames } from '../../test/backends.ts'
import { TorchTensors, torchCases } from '../../test/torch.ts'
import { loadPretrained } from '../pretrained/index.ts'
import { RobertaForSequenceClassification } from './classification.ts'
import { RobertaForMaskedLM } from './masked-lm.ts'
import { RobertaModel } from './model.ts'

const fixture = torchCases('roberta').find(({ name }) => name === 'mlm')!
const size = 32
const labels = 3

/** What the embedding of the second token type is more than that of the first. */
const secondType = Float32Array.from({ length: size }, (_, index) => 0.1 * Math.sin(index))

/** Names of RoBERTa's weights, and what BERT's first checkpoints called them. */
const renamed: readonly (readonly [RegExp, string])[] = [
  [/^roberta\./, 'bert.'],
  [/^lm_head\.dense\./, 'cls.predictions.transform.dense.'],
  [/^lm_head\.layer_norm\.weight/, 'cls.predictions.transform.LayerNorm.gamma'],
  [/^lm_head\.layer_norm\.bias/, 'cls.predictions.transform.LayerNorm.beta'],
  [/^lm_head\.bias/, 'cls.predictions.bias'],
  [/^lm_head\.decoder\./, 'cls.predictions.decoder.'],
  [/LayerNorm\.weight$/, 'LayerNorm.gamma'],
  [/LayerNorm\.bias$/, 'LayerNorm.beta'],
]

/**
 * Hugging Face's RoBERTa as a checkpoint of BERT, which computes the same: BERT's positions begin at 0, so the rows
 * before RoBERTa's first position go. A second token type, a head that says whether sentences follow each other, and a
 * pooler are added. [PAD] stays 1, as `config.json` says.
 */
async function checkpoint(
  architecture: string,
  extra: ReadonlyMap<string, Tensor> = new Map(),
): Promise<Map<string, Uint8Array>> {
  const given = new TorchTensors('roberta', fixture)
  const weights = new Map<string, Tensor>()
  for (const name of given.names.filter((each) => each.startsWith('param.'))) {
    const theirs = renamed.reduce((text, [from, to]) => text.replace(from, to), name.slice('param.'.length))
    const x = given.tensor(name)
    if (theirs.includes('position_embeddings')) weights.set(theirs, x.slice([2], [x.shape[0]!]))
    else if (theirs.includes('token_type')) weights.set(theirs, concat([x, x.add(tensor(secondType))], { axis: 0 }))
    else weights.set(theirs, x)
  }
  weights.set('bert.embeddings.position_ids', range(18, { dtype: 'i32' }).reshape([1, 18]))
  for (const [name, shape] of [
    ['weight', [size, size]],
    ['bias', [size]],
  ] as const)
    weights.set(
      `bert.pooler.dense.${name}`,
      tensor(
        wave(
          shape.reduce((a, b) => a * b, 1),
          1,
        ),
        { shape },
      ),
    )
  weights.set('cls.seq_relationship.weight', tensor(wave(2 * size, 1), { shape: [2, size] }))
  weights.set('cls.seq_relationship.bias', tensor([0, 0]))
  const kept = [...weights].filter(([name]) => architecture === 'BertForPreTraining' || !name.startsWith('cls.'))
  const config = {
    ...fixture.config,
    architectures: [architecture],
    model_type: 'bert',
    max_position_embeddings: 18,
    type_vocab_size: 2,
    id2label: { 0: 'contradiction', 1: 'neutral', 2: 'entailment' },
  }
  return new Map([
    ['config.json', new TextEncoder().encode(JSON.stringify(config))],
    ['model.safetensors', await encodeTensors(new Map([...kept, ...extra]))],
  ])
}

/** Numbers from -scale to scale. */
const wave = (count: number, scale: number): Float32Array =>
  Float32Array.from({ length: count }, (_, index) => scale * Math.sin(1 + index * 1.7))

describe.each(backendNames)('a checkpoint of BERT on %s', (backend) => {
  beforeAll(async () => useBackend(await openBackend(backend)))
  const given = new TorchTensors('roberta', fixture)
  const ids = () => given.tensor('in.input_ids', 'i32')

  /** Where there are tokens: at padding BERT has other positions than RoBERTa. */
  const atTokens = (values: ArrayLike<number>, perToken: number): Float64Array => {
    const mask = given.numbers('in.attention_mask')
    return Float64Array.from(Array.from(values).filter((_, index) => mask[Math.floor(index / perToken)] === 1))
  }

  test('as BERT was published, with old names and both heads, has the logits of Hugging Face', async () => {
    const { model } = await loadPretrained(await checkpoint('BertForPreTraining'))
    const logits = (model as RobertaForMaskedLM).forward(ids(), range(ids().size, { dtype: 'i32' }))
    given.expectClose(atTokens(await logits.data(), 100), 'out.logits', atTokens(given.numbers('out.logits'), 100))
  })

  test('gives its encoder, whatever its head', async () => {
    for (const architecture of ['BertForPreTraining', 'BertModel']) {
      const model = await RobertaModel.fromPretrained(await checkpoint(architecture))
      const hidden = await model.forward(ids()).data()
      given.expectClose(atTokens(hidden, size), 'out.hidden2', atTokens(given.numbers('out.hidden2'), size))
    }
  })

  test('adds the embedding of each token type: LayerNorm(word + position + type), in float64', async () => {
    const model = await RobertaModel.fromPretrained(await checkpoint('BertModel'))
    const [batch, length] = ids().shape as [number, number]
    const types = Int32Array.from({ length: batch * length }, (_, index) => Number(index % length > 3))
    const tokenTypeIds = tensor(types, { shape: [batch, length] })
    const row = (name: string, index: number): Float64Array =>
      given.numbers(`param.roberta.embeddings.${name}`).subarray(index * size, (index + 1) * size)
    const [gain, shift] = [row('LayerNorm.weight', 0), row('LayerNorm.bias', 0)]
    const expected = Array.from(types, (type, index) => {
      const words = row('word_embeddings.weight', given.numbers('in.input_ids')[index]!)
      const positions = row('position_embeddings.weight', 2 + (index % length))
      const kinds = row('token_type_embeddings.weight', 0)
      const sum = words.map((word, i) => word + positions[i]! + kinds[i]! + (type ? secondType[i]! : 0))
      const mean = sum.reduce((a, b) => a + b) / size
      const variance = sum.reduce((total, x) => total + (x - mean) ** 2, 0) / size
      return Array.from(sum, (x, i) => ((x - mean) / Math.sqrt(variance + 1e-5)) * gain[i]! + shift[i]!)
    })
    const embedded = await model.embeddings.forward(ids(), { tokenTypeIds }).data()
    given.expectClose(embedded, 'out.hidden0', Float64Array.from(expected.flat()))
    const plain = await model.forward(ids()).data()
    expect(await model.forward(ids(), { tokenTypeIds }).data()).not.toEqual(plain)
  })

  test('that classifies has the logits W tanh(pooler(h of [CLS])) + b, in float64, and the names of its classes', async () => {
    const [weight, bias] = [wave(labels * size, 0.5), wave(labels, 0.1)]
    const head = new Map([
      ['classifier.weight', tensor(weight, { shape: [labels, size] })],
      ['classifier.bias', tensor(bias)],
    ])
    const files = await checkpoint('BertForSequenceClassification', head)
    const model = await RobertaForSequenceClassification.fromPretrained(files)
    expect(model.labelNames).toEqual(['contradiction', 'neutral', 'entailment'])
    const hidden = given.numbers('out.hidden2')
    const [batch, length] = ids().shape as [number, number]
    const times = (matrix: Float32Array, x: readonly number[], b: Float32Array): number[] =>
      Array.from(b, (each, i) => x.reduce((total, value, j) => total + matrix[i * size + j]! * value, each))
    const expected = Array.from({ length: batch }, (_, text) => {
      const first = [...hidden.subarray(text * length * size, (text * length + 1) * size)]
      return times(weight, times(wave(size * size, 1), first, wave(size, 1)).map(Math.tanh), bias)
    })
    given.expectClose(await model.forward(ids()).data(), 'out.hidden2', Float64Array.from(expected.flat()))
  })

  test('is saved with the names that current versions of Hugging Face use, and comes back with the same bits', async () => {
    const model = await RobertaForMaskedLM.fromPretrained(await checkpoint('BertForPreTraining'))
    const files = await model.encodePretrained()
    const config = JSON.parse(new TextDecoder().decode(files.get('config.json')))
    expect(config).toMatchObject({
      model_type: 'bert',
      architectures: ['BertForMaskedLM'],
      max_position_embeddings: 18,
    })
    const names = [...parseSafetensors(files.get('model.safetensors')!).tensors.keys()]
    expect(names.filter((name) => !/^(bert\.(embeddings|encoder)|cls\.predictions)\./.test(name))).toEqual([])
    expect(names).toContain('cls.predictions.transform.LayerNorm.weight')
    expect(names.filter((name) => /decoder|pooler|gamma|beta/.test(name))).toEqual([])
    const positions = range(ids().size, { dtype: 'i32' })
    const again = await RobertaForMaskedLM.fromPretrained(files)
    expect(await again.forward(ids(), positions).data()).toEqual(await model.forward(ids(), positions).data())
  })
})
