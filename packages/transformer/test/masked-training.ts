import {
  AdamW,
  disposeModule,
  encodeCheckpoint,
  finiteLoss,
  type LossScale,
  namedParameters,
  restoreCheckpoint,
  trainStep,
  vectorsWithoutDecay,
} from '@tlc/nn'
import { type Backend, foldIn, key, scope, tensor, withBackend } from '@tlc/tensor'
import { DynamicMasking, RobertaForMaskedLM, type RobertaSizes, robertaConfig } from '@tlc/transformer'

const [firstOrdinaryId, maskId, seed] = [5, 4, key(2020)]

export interface MaskedTrainingOptions {
  readonly sizes: RobertaSizes
  /** texts of a step, all of the longest length */
  readonly texts: number
  /** for mixed precision */
  readonly lossScale?: LossScale
}

/** Smaller than any model of use: some hundred dispatches a step, all of them small. */
export const small: MaskedTrainingOptions = {
  sizes: { layers: 2, hiddenSize: 32, heads: 2, feedForwardSize: 64, vocabularySize: 100, maxLength: 16 },
  texts: 8,
}

/** The smallest model of the benchmarks. */
export const tiny: MaskedTrainingOptions = {
  sizes: { layers: 2, hiddenSize: 64, heads: 2, feedForwardSize: 256, vocabularySize: 1024, maxLength: 64 },
  texts: 16,
}

/** Masked language modelling with dropout on one batch. A step depends on its number and the weights alone. */
export class MaskedTraining implements Disposable {
  readonly #backend: Backend
  readonly #model: RobertaForMaskedLM
  readonly #optimizer: AdamW
  readonly #masking: DynamicMasking
  readonly #shape: [number, number]
  readonly #ids: Int32Array
  readonly #scaling: { readonly lossScale?: LossScale }

  constructor(backend: Backend, { sizes, texts, lossScale }: MaskedTrainingOptions) {
    const { vocabularySize, maxLength } = sizes
    const config = robertaConfig({ ...sizes, dropout: 0.1, attentionDropout: 0.1 })
    this.#backend = backend
    this.#scaling = lossScale ? { lossScale } : {}
    this.#model = withBackend(backend, () => new RobertaForMaskedLM({ config, key: foldIn(seed, 0) }))
    this.#optimizer = new AdamW(namedParameters(this.#model), { groups: [vectorsWithoutDecay] })
    this.#masking = new DynamicMasking({ vocabularySize, maskId, isSpecial: (id) => id < firstOrdinaryId })
    this.#shape = [texts, maxLength]
    const ordinary = vocabularySize - firstOrdinaryId
    this.#ids = Int32Array.from({ length: texts * maxLength }, (_, i) => firstOrdinaryId + ((i * 7919) % ordinary))
  }

  /** The loss before the update of a step. */
  async step(index: number): Promise<number> {
    const loss = withBackend(this.#backend, () => {
      using inner = scope()
      const { inputs, positions, labels } = this.#masking.mask(this.#ids, foldIn(foldIn(seed, 2), index))
      const batch = {
        ids: tensor(inputs, { shape: this.#shape }),
        positions: tensor(positions),
        targets: tensor(labels),
      }
      const result = trainStep({
        optimizer: this.#optimizer,
        loss: () => this.#model.loss(batch, { key: foldIn(foldIn(seed, 3), index) }),
        microBatches: [0],
        learningRate: 1e-3,
        maxNorm: 1,
        ...this.#scaling,
      })
      return inner.keep(result.loss)
    })
    try {
      return await finiteLoss(loss, index)
    } finally {
      loss.dispose()
    }
  }

  save(): Promise<Map<string, Uint8Array>> {
    return encodeCheckpoint({ model: this.#model, optimizer: this.#optimizer }, null)
  }

  restore(files: ReadonlyMap<string, Uint8Array>): void {
    withBackend(this.#backend, () => restoreCheckpoint({ model: this.#model, optimizer: this.#optimizer }, files))
  }

  [Symbol.dispose](): void {
    this.#optimizer.dispose()
    disposeModule(this.#model)
  }
}

/** The losses of so many steps; `each` is called after every one. */
export async function lossesOf(
  backend: Backend,
  options: MaskedTrainingOptions,
  steps: number,
  each: () => void = () => undefined,
): Promise<number[]> {
  using training = new MaskedTraining(backend, options)
  const losses: number[] = []
  for (let step = 0; step < steps; step++) {
    losses.push(await training.step(step))
    each()
  }
  return losses
}
