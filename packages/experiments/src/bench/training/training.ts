import { AdamW, disposeModule, finiteLoss, namedParameters, trainStep, vectorsWithoutDecay } from '@tlc/nn'
import { type Backend, foldIn, openBackend, scope, type Tensor, withBackend } from '@tlc/tensor'
import { type MaskedTokens, RobertaForMaskedLM } from '@tlc/transformer'
import type { HostTensor } from '../case.ts'
import { type BenchmarkedModel, configOf } from '../models.ts'
import { maskedText, root, seeds } from './masked-text.ts'

/** How every subject updates its weights; vectors have no weight decay. */
export const recipe = {
  learningRate: 1e-3,
  maxNorm: 1,
  weightDecay: 0.01,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
} as const

/** A model that is trained on one batch, over and over. */
export class Training implements Disposable {
  readonly model: BenchmarkedModel
  readonly backend: Backend
  readonly network: RobertaForMaskedLM
  readonly #optimizer: AdamW
  readonly #batch: MaskedTokens
  #step = 0

  constructor(model: BenchmarkedModel, backend: Backend) {
    this.model = model
    this.backend = backend
    this.network = new RobertaForMaskedLM({ config: configOf(model), key: foldIn(root, seeds.model) })
    this.#optimizer = new AdamW(namedParameters(this.network), { ...recipe, groups: [vectorsWithoutDecay] })
    this.#batch = textOf(model)
  }

  async step(): Promise<number> {
    const step = this.#step++
    using loss = this.#update(step)
    return finiteLoss(loss, step)
  }

  #update(step: number): Tensor {
    using inner = scope()
    const { loss } = trainStep({
      optimizer: this.#optimizer,
      loss: (batch) => this.network.loss(batch, { key: foldIn(foldIn(root, seeds.dropout), step) }),
      microBatches: [this.#batch],
      learningRate: recipe.learningRate,
      maxNorm: recipe.maxNorm,
    })
    return inner.keep(loss)
  }

  [Symbol.dispose](): void {
    for (const each of Object.values(this.#batch)) each.dispose()
    this.#optimizer.dispose()
    disposeModule(this.network)
  }
}

function textOf(model: BenchmarkedModel): MaskedTokens {
  return maskedText(model, model.batch, model.sizes.maxLength)
}

/** What training begins with, for subjects that know no tensors of this project. */
export interface Beginning {
  /** by name, in the order of the parameters */
  readonly weights: ReadonlyMap<string, HostTensor>
  /** [batch · length] */
  readonly ids: Int32Array
  /** [masked] */
  readonly positions: Int32Array
  /** [masked] */
  readonly targets: Int32Array
}

export async function beginningOf(model: BenchmarkedModel): Promise<Beginning> {
  const backend = await openBackend('wasm', { threads: 1 })
  const { network, text } = withBackend(backend, () => ({
    network: new RobertaForMaskedLM({ config: configOf(model), key: foldIn(root, seeds.model) }),
    text: textOf(model),
  }))
  const weights = new Map<string, HostTensor>()
  for (const [name, { stored }] of namedParameters(network)) {
    weights.set(name, { shape: stored.shape, data: (await stored.data()) as Float32Array })
  }
  const [ids, positions, targets] = await Promise.all(
    [text.ids, text.positions, text.targets].map((each) => each.data()),
  )
  disposeModule(network)
  for (const each of Object.values(text)) each.dispose()
  await backend.close()
  return { weights, ids: ids as Int32Array, positions: positions as Int32Array, targets: targets as Int32Array }
}
