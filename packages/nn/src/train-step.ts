import { valueAndGrad } from '@tlc/autograd'
import { div, globalNorm, mul, scope, type Tensor } from '@tlc/tensor'
import { accumulate } from './accumulate.ts'
import { clipFactor, isFiniteNorm } from './clip.ts'
import type { LossScale } from './loss-scale.ts'
import type { Optimizer } from './optimizers/optimizer.ts'

/** A loss that is NaN or infinite: the weights that gave it are lost, those of the last checkpoint are not. */
export class NonFiniteLossError extends Error {
  override name = 'NonFiniteLossError'
  readonly step: number
  readonly loss: number
  /** what is not finite: 'the loss of step 7 is NaN' */
  readonly finding: string

  constructor(step: number, loss: number, finding = `the loss of step ${step} is ${loss}`) {
    super(
      `${finding}; go on from the last checkpoint with a lower learning rate, a longer warm-up or a smaller maxNorm`,
    )
    this.step = step
    this.loss = loss
    this.finding = finding
  }
}

export interface TrainStepOptions<Batch> {
  /** changes its parameters */
  readonly optimizer: Optimizer
  /** of a micro-batch: a scalar. The index is its number, to fold into a key. */
  readonly loss: (microBatch: Batch, index: number) => Tensor
  readonly microBatches: readonly Batch[]
  /** the part of the whole batch that each micro-batch is; equal by default */
  readonly weights?: readonly number[]
  /** η: a schedule's value */
  readonly learningRate: number
  /** gradients together longer than this are scaled down to it; not by default */
  readonly maxNorm?: number
  /**
   * Trains in mixed precision: forward and backward in f16, on a backend that computes with it, of a loss that is this
   * many times as large; weights, their gradients and the optimizer in f32. A step whose gradients overflow is skipped.
   */
  readonly lossScale?: LossScale
}

/** Scalars on the device; they belong to the caller's scope. */
export interface TrainStepResult {
  readonly loss: Tensor
  /** √(Σ g²) over all gradients, before clipping; not finite if the step was skipped */
  readonly gradientNorm: Tensor
}

/**
 * One update: the gradients of the loss at the optimizer's parameters, summed over micro-batches, clipped, and applied.
 *
 * Nothing is read back, so a GPU is not waited for. Read the loss with `finiteLoss`, for this step or, so that the
 * device never idles, for the step before; and always before a checkpoint is written.
 */
export function trainStep<Batch>(options: TrainStepOptions<Batch>): TrainStepResult {
  const { optimizer, loss, microBatches, weights, learningRate, maxNorm, lossScale } = options
  using inner = scope()
  const parameters = optimizer.weights
  const gradientsOf = (microBatch: Batch, index: number) => {
    const lossOf = () => loss(microBatch, index)
    return lossScale ? lossScale.gradients(lossOf, parameters) : valueAndGrad(lossOf, parameters)
  }
  const { value, gradients } = accumulate(microBatches, gradientsOf, weights)
  const factor = lossScale ? div(1, lossScale.value) : undefined
  const scaledNorm = globalNorm(gradients)
  const norm = factor ? mul(scaledNorm, factor) : scaledNorm
  const clip = maxNorm === undefined && !lossScale ? undefined : clipFactor(norm, maxNorm ?? Number.POSITIVE_INFINITY)
  const scale = factor && clip ? mul(clip, factor) : clip
  optimizer.step(gradients, { learningRate, ...(scale && { scale }) })
  lossScale?.update(isFiniteNorm(norm))
  inner.keep([value, norm])
  return { loss: value, gradientNorm: norm }
}

/**
 * Reads a loss.
 *
 * @throws NonFiniteLossError with the step, if it is NaN or infinite
 */
export async function finiteLoss(loss: Tensor, step: number): Promise<number> {
  const value = await loss.item()
  if (!Number.isFinite(value)) throw new NonFiniteLossError(step, value)
  return value
}

/**
 * Reads the loss of a step after which a checkpoint may be written. A finite loss is not enough: gradients that overflowed
 * may be in the weights by now. (In mixed precision they are not, and now and then they should overflow: there a finite
 * loss is enough.)
 *
 * @throws NonFiniteLossError with the step, if the loss or the norm of the gradients is NaN or infinite
 */
export async function finiteStep({ loss, gradientNorm }: TrainStepResult, step: number): Promise<number> {
  const value = await finiteLoss(loss, step)
  const norm = await gradientNorm.item()
  if (!Number.isFinite(norm))
    throw new NonFiniteLossError(step, value, `the norm of the gradients of step ${step} is ${norm}`)
  return value
}
