import { disposeModule } from '@tlc/nn'
import { type QuantizeOptions, quantizeModel, useArtefact } from '@tlc/quant'
import type { WeightForm } from '@tlc/quant/onnx'
import { key, openBackend, scope, type Tensor, tensor, useBackend } from '@tlc/tensor'
import {
  type PretrainedModel,
  type RobertaConfig,
  RobertaForMaskedLM,
  RobertaForSequenceClassification,
  RobertaForTokenClassification,
  RobertaModel,
  robertaConfig,
  TransformerForTranslation,
  translationConfig,
} from '@tlc/transformer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exportModel } from '../src/tasks/export-onnx.ts'
import { hasOnnxRuntime, runOnnx } from './run-onnx.ts'

const backend = await openBackend('wasm', { threads: 1 })
beforeAll(() => useBackend(backend))
afterAll(() => backend.close())

const sizes = { hiddenSize: 32, heads: 4, feedForwardSize: 64, vocabularySize: 60, maxLength: 20 }
const roberta = (options: Partial<RobertaConfig> = {}): RobertaConfig =>
  robertaConfig({ ...sizes, layers: 2, ...options })

/** Ids of texts of different lengths, padding at the right. */
function texts(batch: number, length: number, paddingId: number): Tensor {
  const id = (place: number): number => {
    const [row, column] = [Math.floor(place / length), place % length]
    return column > 0 && column >= length - row ? paddingId : 3 + ((place * 7) % 50)
  }
  return tensor(
    Array.from({ length: batch * length }, (_, place) => id(place)),
    { shape: [batch, length], dtype: 'i32' },
  )
}

/** The largest difference to what is expected, by the largest number expected. */
async function difference(actual: ArrayLike<number>, expected: Tensor): Promise<number> {
  const data = (await expected.data()) as Float32Array
  expect(actual.length).toBe(data.length)
  const largest = data.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
  return data.reduce((most, x, index) => Math.max(most, Math.abs(x - actual[index]!)), 0) / largest
}

const shapes = [
  [1, 1],
  [3, 7],
  [4, 20],
] as const

// A few hundred f32 roundings in an order of its own: their sum stays below this many of the largest number.
const roundings = 1e-5

describe.skipIf(!hasOnnxRuntime)(
  'a RoBERTa in a file gives the same numbers in onnxruntime, of any number of texts of any length',
  () => {
    const models: readonly (readonly [
      what: string,
      make: () => Exclude<PretrainedModel, TransformerForTranslation>,
    ])[] = [
      ['classifier', () => new RobertaForSequenceClassification({ config: roberta(), key: key(1), labels: 3 })],
      [
        'classifier with mean pooling, norms first and ReLU',
        () =>
          new RobertaForSequenceClassification({
            config: roberta({ pooling: 'mean', normalization: 'pre', activation: 'relu' }),
            key: key(2),
            labels: 2,
          }),
      ],
      ['masked language model', () => new RobertaForMaskedLM({ config: roberta({ activation: 'silu' }), key: key(3) })],
      [
        'BERT with shared layers',
        () =>
          new RobertaForTokenClassification({
            config: roberta({ family: 'bert', tokenTypes: 2, paddingId: 0, sharing: 'layers' }),
            key: key(4),
            labels: 5,
          }),
      ],
      ['encoder', () => new RobertaModel({ config: roberta(), key: key(5) })],
    ]
    test.each(models)('%s', async (_, make) => {
      const model = make()
      const file = await exportModel(model)
      for (const [batch, length] of shapes) {
        using _texts = scope()
        const { paddingId, tokenTypes } = model instanceof RobertaModel ? model.config : model.roberta.config
        const ids = texts(batch, length, paddingId)
        const mask = ids.equal(paddingId).cast('i32').neg().add(1)
        const types = ids.less(20).cast('i32')
        const options = { attentionMask: mask, ...(tokenTypes > 1 && { tokenTypeIds: types }) }
        const places = tensor(Int32Array.from({ length: ids.size }, (_, place) => place))
        const expected =
          model instanceof RobertaForMaskedLM ? model.forward(ids, places, options) : model.forward(ids, options)
        const given = { input_ids: ids, attention_mask: mask, ...(tokenTypes > 1 && { token_type_ids: types }) }
        const [result] = Object.values(await runOnnx(file, given))
        expect(result!.shape.slice(0, 1)).toEqual([batch])
        expect(await difference(result!.data, expected)).toBeLessThan(roundings)
      }
      disposeModule(model)
    })
  },
)

test.skipIf(!hasOnnxRuntime)('so does a translation model, of sources and targets of any lengths', async () => {
  const config = translationConfig({ ...sizes, encoderLayers: 2, decoderLayers: 2 })
  const model = new TransformerForTranslation({ config, key: key(6) })
  const file = await exportModel(model)
  for (const [sourceLength, targetLength] of [
    [1, 1],
    [7, 4],
    [12, 20],
  ] as const) {
    using _texts = scope()
    const [source, target] = [texts(3, sourceLength, config.paddingId), texts(3, targetLength, config.paddingId)]
    const { logits } = await runOnnx(file, { input_ids: source, decoder_input_ids: target })
    expect(logits!.shape).toEqual([3, targetLength, config.vocabularySize])
    expect(await difference(logits!.data, model.forward(source, target))).toBeLessThan(roundings)
  }
  disposeModule(model)
})

test.each<readonly [WeightForm, QuantizeOptions]>([
  ['qdq', { bits: 8, granularity: 'row', grid: 'symmetric' }],
  ['qdq', { bits: 4, granularity: { group: 16 } }],
  ['nbits', { bits: 4, granularity: { group: 32 }, grid: 'zeroExact' }],
])('quantized weights give the numbers of the decoded ones: %s of %j', async (form, options) => {
  const model = new RobertaForMaskedLM({ config: roberta(), key: key(7) })
  const { artefact } = await quantizeModel(model, options)
  const file = await exportModel(model, { artefact, form })
  using _quantized = useArtefact(model, artefact)
  for (const [batch, length] of shapes) {
    using _texts = scope()
    const ids = texts(batch, length, 1)
    const mask = ids.equal(1).cast('i32').neg().add(1)
    const { logits } = await runOnnx(file, { input_ids: ids, attention_mask: mask })
    const expected = model.lm_head.forward(model.roberta.forward(ids, { attentionMask: mask }))
    expect(await difference(logits!.data, expected)).toBeLessThan(roundings)
  }
})
