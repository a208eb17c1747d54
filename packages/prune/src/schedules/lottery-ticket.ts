import { decodeTensors, encodeTensors, loadParameters, type Module, type Parameter, parameterTensors } from '@tlc/nn'
import { scope } from '@tlc/tensor'
import { type PruneRemainingOptions, pruneRemaining } from '../prune-remaining.ts'
import { sparsityOf } from '../sparsity.ts'

/** A round of the search, done. Plain data: a list of these is what a later session resumes from. */
export interface TicketReport {
  /** counted from 0, which is dense */
  readonly round: number
  readonly zeros: number
  readonly size: number
  /** zeros / size */
  readonly sparsity: number
  /** after training */
  readonly accuracy: number
}

/** A training seen from outside, and how to prune. */
export interface LotteryTicketOptions extends PruneRemainingOptions {
  readonly model: Module
  /** What is pruned, by name. */
  readonly parameters: ReadonlyMap<string, Parameter>
  /**
   * Trains the model in place by the steps from..to-1 of its training, schedule and data in their order. Where it begins at
   * `rewindTo` it begins with a fresh optimizer.
   */
  readonly trainSteps: (from: number, to: number) => unknown
  /** The validation accuracy of the model as it is now. */
  readonly evaluate: () => number | Promise<number>
  /** T, steps of a whole training */
  readonly steps: number
  /** k, the step to go back to: 0, the default, is the initialization */
  readonly rewindTo?: number
  /**
   * `weights`, the default: all weights go back to those of step k; `learningRate`: they stay, and only the training of
   * the steps k..T-1 is repeated.
   */
  readonly rewinding?: 'weights' | 'learningRate'
  /** p, the share of the survivors that a round prunes; 0.2 by default */
  readonly share?: number
  /** rounds after the dense one */
  readonly rounds: number
  /** Hears the weights of step k, a safetensors file: a later session needs it to resume. */
  readonly onRewindPoint?: (weights: Uint8Array) => unknown
  /** Rounds done before, whose last weights and masks have been loaded again. */
  readonly done?: readonly TicketReport[]
  /** The weights of step k, where rounds were done before. */
  readonly rewindPoint?: Uint8Array
}

/**
 * The search for a lottery ticket: trains the whole network, then as often as asked for prunes the share p of the weights
 * that are left, goes back to step k, and trains what is left of the network again.
 *
 * A generator, so that between rounds its user saves, measures or stops. The criterion scores the trained weights, by
 * magnitude by default. Masks are left on the parameters.
 *
 * @throws RangeError if steps and rounds are not whole and positive, k is not within the training, or an accuracy is NaN
 * @throws Error if rounds were done and the rewind point is missing
 * @see Frankle & Carbin 2019, The lottery ticket hypothesis, section 2; Frankle et al. 2020, Linear mode connectivity
 *   (k > 0); Renda et al. 2020, Comparing rewinding and fine-tuning (learning rate); all recalled, not verified
 */
export async function* lotteryTicket(options: LotteryTicketOptions): AsyncGenerator<TicketReport> {
  const { steps, rewindTo = 0, rounds, done = [], trainSteps } = options
  checkOptions(options)
  let point = options.rewindPoint
  for (let round = done.length; round <= rounds; round++) {
    if (round === 0) {
      if (rewindTo > 0) await trainSteps(0, rewindTo)
      point = await encodeTensors(parameterTensors(options.model))
      await options.onRewindPoint?.(point)
    } else await pruneAndRewind(options, point!)
    await trainSteps(rewindTo, steps)
    yield await report(options, round)
  }
}

async function pruneAndRewind(options: LotteryTicketOptions, point: Uint8Array): Promise<void> {
  const { model, parameters, share = 0.2, rewinding = 'weights', ...rest } = options
  await pruneRemaining(parameters, { share }, rest)
  if (rewinding === 'learningRate') return
  using _read = scope()
  loadParameters(model, decodeTensors(point))
}

async function report({ parameters, evaluate }: LotteryTicketOptions, round: number): Promise<TicketReport> {
  const accuracy = await evaluate()
  if (Number.isNaN(accuracy)) throw new RangeError('lotteryTicket: evaluate gave NaN, expected an accuracy')
  const { zeros, size, sparsity } = sparsityOf(parameters)
  return { round, zeros, size, sparsity, accuracy }
}

function checkOptions({ steps, rewindTo = 0, rounds, done = [], rewindPoint }: LotteryTicketOptions): void {
  for (const [name, count] of Object.entries({ steps, rounds })) {
    if (!(Number.isInteger(count) && count >= 1))
      throw new RangeError(`lotteryTicket: ${name} must be a whole number >= 1, got ${count}`)
  }
  if (!(Number.isInteger(rewindTo) && rewindTo >= 0 && rewindTo < steps))
    throw new RangeError(`lotteryTicket: rewindTo must be a whole number below the ${steps} steps, got ${rewindTo}`)
  if (done.length > 0 && !rewindPoint)
    throw new Error('lotteryTicket: rounds were done before; give the rewindPoint that onRewindPoint heard, too')
}
