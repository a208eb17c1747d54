import { valueAndGrad } from '@tlc/autograd'
import {
  AdamW,
  finiteLoss,
  linearDecay,
  loadParameters,
  namedParameters,
  parameterTensors,
  trainStep,
  vectorsWithoutDecay,
} from '@tlc/nn'
import { type Backend, key, range, scope, type Tensor, tensor, useBackend } from '@tlc/tensor'
import { fromHuggingFaceConfig, type MaskedTokens, RobertaForMaskedLM } from '@tlc/transformer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TorchCase, TorchTensors, torchCases } from './torch.ts'

interface TrainingCase extends TorchCase {
  readonly train?: {
    readonly lr: number
    readonly steps: number
    readonly betas: readonly [number, number]
    readonly eps: number
    readonly weight_decay: number
    readonly clip_grad_norm: number
  }
  readonly loss_f64?: readonly number[]
  readonly grad_norm_f64?: readonly number[]
}

const cases = torchCases<TrainingCase>('roberta')
const mlm = cases.find(({ name }) => name === 'mlm')!
const training = cases.find(({ name }) => name === 'train_mlm_30')!

/** A model with the weights of a fixture. */
function load(tensors: TorchTensors, { config }: TorchCase): RobertaForMaskedLM {
  const read = fromHuggingFaceConfig({ model_type: 'roberta', ...config })
  const model = new RobertaForMaskedLM({ config: read.config, key: key(0) })
  const names = tensors.names.filter((name) => name.startsWith('param.')).map((name) => name.slice('param.'.length))
  const tied = 'lm_head.decoder.weight'
  expect(tensors.numbers(`param.${tied}`)).toEqual(tensors.numbers('param.roberta.embeddings.word_embeddings.weight'))
  loadParameters(
    model,
    new Map(names.filter((name) => name !== tied).map((name) => [name, tensors.tensor(`param.${name}`)])),
  )
  return model
}

/** Ids, and the tokens whose label is not -100. */
function batchOf(tensors: TorchTensors): MaskedTokens {
  const labels = [...tensors.numbers('in.labels')]
  const masked = labels.flatMap((label, position) => (label === -100 ? [] : [position]))
  return {
    ids: tensors.tensor('in.input_ids', 'i32'),
    positions: tensor(masked, { dtype: 'i32' }),
    targets: tensor(
      masked.map((position) => labels[position]!),
      { dtype: 'i32' },
    ),
  }
}

/** What Hugging Face's model computes, on a backend: hidden states, logits, loss, every gradient, 30 steps. */
export function robertaCases(name: string, open: () => Promise<Backend>): void {
  describe(`the masked language model of Hugging Face on ${name}`, () => {
    let backend: Backend
    beforeAll(async () => {
      backend = await open()
      useBackend(backend)
    })
    afterAll(() => backend.close())

    test('has the same parameters by the same names', () => {
      const tensors = new TorchTensors('roberta', mlm)
      const gradients = tensors.names
        .filter((name) => name.startsWith('grad.'))
        .map((name) => name.slice('grad.'.length))
      expect(new Set(namedParameters(load(tensors, mlm)).keys())).toEqual(new Set(gradients))
    })

    test('gives the same hidden states and logits', async () => {
      const tensors = new TorchTensors('roberta', mlm)
      const model = load(tensors, mlm)
      const { ids } = batchOf(tensors)
      const attentionMask = tensors.tensor('in.attention_mask')
      const positions = range(ids.size, { dtype: 'i32' })
      tensors.expectClose(await model.forward(ids, positions, { attentionMask }).data(), 'out.logits')
      // The mask that is made from padding ids is that of the fixture.
      tensors.expectClose(await model.forward(ids, positions).data(), 'out.logits')
      tensors.expectClose(await model.roberta.embeddings.forward(ids).data(), 'out.hidden0')
      tensors.expectClose(await model.roberta.forward(ids, { attentionMask }).data(), 'out.hidden2')
    })

    test('gives the same loss and the same gradient of every parameter', async () => {
      const tensors = new TorchTensors('roberta', mlm)
      const model = load(tensors, mlm)
      const batch = batchOf(tensors)
      const { value, gradients } = valueAndGrad(() => model.loss(batch), Object.fromEntries(parameterTensors(model)))
      tensors.expectClose(await value.data(), 'out.loss')
      for (const [name, gradient] of Object.entries(gradients))
        tensors.expectClose(await gradient.data(), `grad.${name}`)
    })

    test('takes the same 30 steps of AdamW', async () => {
      const { lr, steps, betas, eps, weight_decay: weightDecay, clip_grad_norm: maxNorm } = training.train!
      const tensors = new TorchTensors('roberta', training)
      const model = load(tensors, training)
      const batch = batchOf(tensors)
      const groups = [vectorsWithoutDecay]
      const optimizer = new AdamW(namedParameters(model), {
        beta1: betas[0],
        beta2: betas[1],
        epsilon: eps,
        weightDecay,
        groups,
      })
      const schedule = linearDecay({ peak: lr, warmUp: 5, steps })
      const losses: number[] = []
      const norms: number[] = []
      for (let step = 0; step < steps; step++) {
        using _step = scope()
        const loss = (): Tensor => model.loss(batch)
        const result = trainStep({ optimizer, loss, microBatches: [batch], learningRate: schedule(step), maxNorm })
        losses.push(await finiteLoss(result.loss, step))
        norms.push(await result.gradientNorm.item())
      }
      // Errors of float32 grow with the steps; PyTorch's own float32 losses differ by up to 4e-7, and a wrong formula by 1e-3.
      losses.forEach((loss, step) =>
        expect(Math.abs(loss - training.loss_f64![step]!), `step ${step}`).toBeLessThan(5e-6),
      )
      norms.forEach((norm, step) =>
        expect(Math.abs(norm - training.grad_norm_f64![step]!), `step ${step}`).toBeLessThan(2e-5),
      )
      for (const [name, x] of parameterTensors(model)) tensors.expectClose(await x.data(), `final.${name}`)
    })
  })
}
