import { AdamW, countParameters, finiteLoss, type Module, namedParameters, trainStep } from '@tlc/nn'
import { everyOther, maskUnits, pruneUnits, shrink, unitImportance } from '@tlc/prune'
import { key, normal, openBackend, scope, type Tensor, tensor, useBackend } from '@tlc/tensor'
import {
  beamSearch,
  loadPretrained,
  type PretrainedModel,
  parameterCounts,
  RobertaForMaskedLM,
  RobertaForSequenceClassification,
  RobertaForTokenClassification,
  robertaConfig,
  TransformerForTranslation,
  translationConfig,
  translationParameterCounts,
} from '@tlc/transformer'
import { beforeAll, describe, expect, test } from 'vitest'

/** Two texts, the second shorter and padded. */
const rows = [
  [0, 9, 4, 23, 7, 11, 2],
  [0, 17, 5, 2, 1, 1, 1],
]
const ids = (): Tensor => tensor(rows, { dtype: 'i32' })

/** A model with something to prune in it: every weight random, norms not 1, biases not 0. */
function randomized<M extends Module>(model: M): M {
  using _values = scope()
  let seed = 100
  for (const { stored } of namedParameters(model).values())
    stored.assign(normal(key(seed++), stored.shape).mul(stored.shape.length === 1 ? 1 : 0.4))
  return model
}

async function logits(model: PretrainedModel): Promise<Float32Array> {
  using _inner = scope()
  return (await outputs(model).data()) as Float32Array
}

function outputs(model: PretrainedModel): Tensor {
  if (model instanceof TransformerForTranslation) return model.forward(ids(), ids())
  if (model instanceof RobertaForMaskedLM) return model.forward(ids(), tensor([1, 3, 9], { dtype: 'i32' }))
  return model.forward(ids())
}

/** The loss to which heads matter. */
function lossOf(model: PretrainedModel): Tensor {
  const y = outputs(model)
  return y.mul(y).mean()
}

const sizes = { hiddenSize: 16, heads: 4, feedForwardSize: 24, vocabularySize: 31, maxLength: 12 }
const roberta = (options: object) => ({ config: robertaConfig({ layers: 4, ...sizes, ...options }), key: key(1) })
const translation = (options: object) => ({
  config: translationConfig({ encoderLayers: 3, decoderLayers: 3, ...sizes, ...options }),
  key: key(1),
})

/** Architectures, and whether hidden features can be cut from them. */
const models: readonly (readonly [name: string, make: () => PretrainedModel, hidden: boolean])[] = [
  ['masked LM', () => new RobertaForMaskedLM(roberta({})), true],
  ['masked LM, pre-normalization', () => new RobertaForMaskedLM(roberta({ normalization: 'pre' })), true],
  ['masked LM, shared layers', () => new RobertaForMaskedLM(roberta({ sharing: 'layers' })), true],
  ['masked LM, shared attention', () => new RobertaForMaskedLM(roberta({ sharing: 'attention' })), true],
  [
    'BERT that classifies texts',
    () => new RobertaForSequenceClassification({ ...roberta({ family: 'bert' }), labels: 3 }),
    true,
  ],
  [
    'RoBERTa that classifies the mean',
    () => new RobertaForSequenceClassification({ ...roberta({ pooling: 'mean' }), labels: 2 }),
    true,
  ],
  ['RoBERTa that classifies tokens', () => new RobertaForTokenClassification({ ...roberta({}), labels: 3 }), true],
  ['translation', () => new TransformerForTranslation(translation({})), false],
  [
    'translation, pre-normalization',
    () => new TransformerForTranslation(translation({ normalization: 'pre', positions: 'learned' })),
    false,
  ],
]

describe.each(['reference', 'wasm'] as const)('a shrunken model on %s', (name) => {
  beforeAll(async () => useBackend(await openBackend(name)))

  test.each(models)('computes what the masked one does, and comes back from files: %s', async (_, make, hidden) => {
    const model = randomized(make())
    const before = await logits(model)
    const importance = await unitImportance(model, { batches: [0], loss: () => lossOf(model), examples: () => 2 })
    await pruneUnits(model, { kind: 'head', sparsity: 0.5, criterion: (group) => importance.get(group.name)! })
    await pruneUnits(model, { kind: 'neuron', sparsity: 0.4 })
    if (hidden) await pruneUnits(model, { kind: 'hidden', keep: 13 })
    await pruneUnits(model, { kind: 'layer', sparsity: 0.5, scope: 'perGroup', criterion: everyOther })
    const masked = await logits(model)
    expect(masked).not.toEqual(before)

    const { parametersBefore, parametersAfter } = shrink(model)
    expect(parametersAfter).toBeLessThan(0.75 * parametersBefore)
    expect(parametersAfter).toBe(countParameters(model))
    const shrunken = await logits(model)
    // Fewer zeros in the same sums: float32 rounds them differently.
    for (const [index, y] of shrunken.entries()) expect(Math.abs(y - masked[index]!)).toBeLessThan(1e-5)

    const read = await loadPretrained(await model.encodePretrained())
    expect(await logits(read.model)).toEqual(shrunken)
    expect(countParameters(read.model)).toBe(parametersAfter)
    if (model instanceof RobertaForMaskedLM) {
      expect((read.model as RobertaForMaskedLM).roberta.config).toEqual(model.roberta.config)
      expect(parameterCounts(model.roberta.config).total).toBe(parametersAfter)
    }
    if (model instanceof TransformerForTranslation) {
      expect((read.model as TransformerForTranslation).config).toEqual(model.config)
      expect(translationParameterCounts(model.config).total).toBe(parametersAfter)
    }
  })

  test('shrinks again, whose heads keep the numbers that they had at first', async () => {
    const model = randomized(new RobertaForMaskedLM(roberta({ layers: 1 })))
    const scores =
      (...each: number[]) =>
      () =>
        Float64Array.from(each)
    await pruneUnits(model, { kind: 'head', keep: 3, criterion: scores(3, 0, 2, 1) })
    shrink(model)
    await pruneUnits(model, { kind: 'head', keep: 1, criterion: scores(0, 2, 1) })
    const masked = await logits(model)
    shrink(model)
    expect(model.roberta.config.prunedHeads).toEqual([[0, 1, 3]])
    const shrunken = await logits(model)
    for (const [index, y] of shrunken.entries()) expect(Math.abs(y - masked[index]!)).toBeLessThan(1e-5)
  })

  test('goes on learning, with an optimizer of its own', async () => {
    const model = randomized(new RobertaForMaskedLM(roberta({ dropout: 0, attentionDropout: 0 })))
    await pruneUnits(model, { kind: 'head', sparsity: 0.5 })
    await pruneUnits(model, { kind: 'hidden', keep: 13 })
    shrink(model)
    const optimizer = new AdamW(namedParameters(model), { weightDecay: 0 })
    const tokens = () => ({
      ids: ids(),
      positions: tensor([1, 3, 9], { dtype: 'i32' }),
      targets: tensor([5, 6, 7], { dtype: 'i32' }),
    })
    const losses: number[] = []
    for (let step = 0; step < 30; step++) {
      using _step = scope()
      const { loss } = trainStep({
        optimizer,
        microBatches: [tokens()],
        loss: (batch) => model.loss(batch),
        learningRate: 0.02,
      })
      losses.push(await finiteLoss(loss, step))
    }
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 2)
  })

  test('is not begun where it cannot end', async () => {
    const model = randomized(new TransformerForTranslation(translation({})))
    await pruneUnits(model, { kind: 'head', sparsity: 0.5 })
    maskUnits(model, 'layer', new Map([['decoder', [0, 1, 2]]]))
    const before = countParameters(model)
    expect(() => shrink(model)).toThrow("all 3 layers of 'decoder' are left out")
    expect(countParameters(model)).toBe(before)
  })

  test('translates token by token what the masked one does', async () => {
    const model = randomized(new TransformerForTranslation(translation({})))
    await pruneUnits(model, { kind: 'head', sparsity: 0.5 })
    await pruneUnits(model, { kind: 'layer', sparsity: 0.5, scope: 'perGroup', criterion: everyOther })
    const source = [Int32Array.of(0, 5, 9, 2), Int32Array.of(0, 8, 2)]
    const translate = () => beamSearch(model, source, { beams: 2, maxLength: 8 })
    const masked = await translate()
    shrink(model)
    expect((await translate()).map((each) => each[0]!.tokens)).toEqual(masked.map((each) => each[0]!.tokens))
  })
})
