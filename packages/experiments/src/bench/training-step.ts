import { valueAndGrad } from '@tlc/autograd'
import { AdamW, disposeModule, finiteLoss, namedParameters, trainStep, vectorsWithoutDecay } from '@tlc/nn'
import { type Backend, foldIn, key, openBackend, scope, type Tensor, tensor, withBackend, zeros } from '@tlc/tensor'
import { DynamicMasking, type MaskedTokens, RobertaForMaskedLM, trainingFlops } from '@tlc/transformer'
import type { Check } from './case.ts'
import { distributionOf, type Patience } from './measure.ts'
import type { Subject } from './measure-group.ts'
import { type BenchmarkedModel, configOf, parameterCount } from './models.ts'
import type { MeasuredStep, StepFigures } from './report.ts'

/** Fewest steps, and the time they take at least together, before the timing and for the profile. */
const warmUp = { steps: 2, seconds: 1 }
const profiled = { steps: 3, seconds: 1 }
const root = key(2020)
const seeds = { model: 1, text: 2, dropout: 3 }

/** Times whole training steps: forward, backward, clipping, the AdamW update, and reading the loss. */
export async function measureStep(
  model: BenchmarkedModel,
  { name, backend, patience, progress }: Subject,
): Promise<MeasuredStep> {
  progress(`training step ${model.name}`)
  using training = withBackend(backend, () => new Training(model, backend))
  const check = await checkGradients(model, training.network)
  const isRight = check.error <= check.tolerance
  return { model, subject: name, check, figures: isRight ? await timeSteps(training, patience) : null }
}

/** A model that is trained on one batch, over and over. */
class Training implements Disposable {
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
    this.#optimizer = new AdamW(namedParameters(this.network), { groups: [vectorsWithoutDecay] })
    this.#batch = maskedText(model, model.batch, model.sizes.maxLength)
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
      learningRate: 1e-3,
      maxNorm: 1,
    })
    return inner.keep(loss)
  }

  [Symbol.dispose](): void {
    for (const each of Object.values(this.#batch)) each.dispose()
    this.#optimizer.dispose()
    disposeModule(this.network)
  }
}

/** Text without meaning: what it says makes no difference to the time it takes. */
function maskedText({ sizes: { vocabularySize } }: BenchmarkedModel, texts: number, length: number): MaskedTokens {
  const special = 5
  const masking = new DynamicMasking({ vocabularySize, maskId: 4, isSpecial: (id) => id < special })
  const ids = Int32Array.from({ length: texts * length }, (_, i) => special + ((i * 7919) % (vocabularySize - special)))
  const { inputs, positions, labels } = masking.mask(ids, foldIn(root, seeds.text))
  return { ids: tensor(inputs, { shape: [texts, length] }), positions: tensor(positions), targets: tensor(labels) }
}

async function timeSteps(training: Training, { samples, seconds }: Patience): Promise<StepFigures> {
  const { model, backend } = training
  const firstLoss = await training.step()
  await repeat(training, warmUp)
  backend.ledger.resetPeak()
  const times: number[] = []
  const end = performance.now() + 4000 * seconds
  let lastLoss = firstLoss
  while (times.length < samples || performance.now() < end) {
    const start = performance.now()
    lastLoss = await training.step()
    times.push((performance.now() - start) / 1000)
  }
  const { peakBytes } = backend.memory()
  const flops = trainingFlops(configOf(model), model.batch, model.sizes.maxLength)
  const tokens = model.batch * model.sizes.maxLength
  return {
    milliseconds: distributionOf(times.map((time) => time * 1000)),
    flops,
    gigaflops: distributionOf(times.map((time) => flops / time / 1e9)),
    tokensPerSecond: distributionOf(times.map((time) => tokens / time)),
    ...(await profile(training)),
    parameters: parameterCount(model),
    peakBytes,
    firstLoss,
    lastLoss,
  }
}

async function profile(training: Training): Promise<Pick<StepFigures, 'profiledMilliseconds' | 'kernels'>> {
  using profiler = training.backend.profile()
  const start = performance.now()
  const steps = await repeat(training, profiled)
  const profiledMilliseconds = (performance.now() - start) / steps
  const kernels = profiler.report().map(({ op, calls, milliseconds, flops, bytes }) => ({
    op,
    calls: calls / steps,
    milliseconds: milliseconds / steps,
    flops: flops / steps,
    bytes: bytes / steps,
  }))
  return { profiledMilliseconds, kernels }
}

/** Does so many steps, and more until the time is over; says how many. */
async function repeat(training: Training, { steps, seconds }: typeof warmUp): Promise<number> {
  const end = performance.now() + 1000 * seconds
  let done = 0
  for (; done < steps || performance.now() < end; done++) await training.step()
  return done
}

/** Tokens on which the gradients are compared: what float64 in plain TypeScript does in seconds. */
const comparedTexts = 2
const comparedLength = 8

/**
 * How far loss and gradients of a few tokens are from float64: the larger of |loss - loss₆₄| / loss₆₄ and
 * ‖g - g₆₄‖ / ‖g₆₄‖ over all gradients together.
 */
async function checkGradients(model: BenchmarkedModel, network: RobertaForMaskedLM): Promise<Check> {
  const truth = await openBackend('reference', { precision: 'float64' })
  const copy = withBackend(
    truth,
    () => new RobertaForMaskedLM({ config: configOf(model), key: root, initialize: (_, shape) => zeros(shape) }),
  )
  const copies = namedParameters(copy)
  for (const [name, { stored }] of namedParameters(network)) {
    using value = tensor(await stored.data(), { shape: stored.shape, backend: truth })
    copies.get(name)!.stored.assign(value)
  }
  const [actual, expected] = [await lossAndGradients(model, network), await lossAndGradients(model, copy)]
  disposeModule(copy)
  await truth.close()
  const sums = { difference: 0, length: 0 }
  expected.forEach((values, place) => {
    if (place === 0) return
    values.forEach((value, index) => {
      sums.difference += (actual[place]![index]! - value) ** 2
      sums.length += value ** 2
    })
  })
  const lossError = Math.abs(actual[0]![0]! - expected[0]![0]!) / expected[0]![0]!
  // Thousands of roundings of 2⁻²⁴, of both signs, on the way through the layers and back.
  return { error: Math.max(lossError, Math.sqrt(sums.difference / sums.length)), tolerance: 2 ** -16 }
}

/** The loss, then the gradient of each parameter. */
async function lossAndGradients(
  model: BenchmarkedModel,
  network: RobertaForMaskedLM,
): Promise<readonly Float32Array[]> {
  const weights = [...namedParameters(network).values()].map(({ stored }) => stored)
  const made = withBackend(weights[0]!.backend, () => {
    using inner = scope()
    const batch = maskedText(model, comparedTexts, comparedLength)
    const { value, gradients } = valueAndGrad(() => network.loss(batch, { key: foldIn(root, seeds.dropout) }), weights)
    return inner.keep([value, ...gradients])
  })
  const values = await Promise.all(made.map((each) => each.data()))
  for (const each of made) each.dispose()
  return values as Float32Array[]
}
