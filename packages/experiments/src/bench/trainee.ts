import { trainingFlops } from '@tlc/transformer'
import { type Check, isRight } from './case.ts'
import { noteOf } from './cell.ts'
import type { Member } from './crew.ts'
import { distributionOf } from './measure.ts'
import { type BenchmarkedModel, configOf, parameterCount } from './models.ts'
import type { MeasuredStep, StepFigures } from './report.ts'
import type { Sample, Turn } from './turns.ts'

/** Steps before the timing, whose losses are compared. */
const comparedSteps = 2

/** A model on one subject: its first steps checked, more of them sampled in rounds, then written down. */
export class Trainee implements Turn {
  readonly model: BenchmarkedModel
  readonly member: Member
  readonly #secondsOfSample: number
  readonly #times: Sample[] = []
  #seconds = 0
  #isReady = false
  #firstLoss = Number.NaN
  #check: Check | null = null
  #note: string | null = null

  constructor(model: BenchmarkedModel, member: Member, quick: boolean) {
    this.model = model
    this.member = member
    this.#secondsOfSample = quick ? 0.1 : 0.25
  }

  get seconds(): number {
    return this.#seconds
  }

  get isReady(): boolean {
    return this.#isReady
  }

  /**
   * Trains the first steps; what is wrong will not be sampled.
   *
   * @param truth losses of these steps, for those who let their gradients not be seen
   * @returns the losses, if they are right
   */
  async begin(truth: readonly number[] | undefined): Promise<readonly number[] | undefined> {
    const answer = await this.member.ask({ kind: 'train', model: this.model.name, steps: comparedSteps })
    if (answer.kind !== 'trained') return this.#giveUp(answer)
    this.#check = answer.check ?? compareLosses(answer.losses, truth, this.model)
    if (!isRight(this.#check)) return undefined
    this.#isReady = true
    this.#seconds = answer.seconds
    this.#firstLoss = answer.losses[0]!
    return answer.losses
  }

  async sample(round: number): Promise<void> {
    const answer = await this.member.ask({ kind: 'step', seconds: this.#secondsOfSample })
    if (answer.kind !== 'sampled') return this.#giveUp(answer)
    this.#times.push([round, distributionOf(answer.seconds).median])
  }

  async finish(): Promise<MeasuredStep> {
    const figures = this.#isReady ? await this.#figures() : null
    return { model: this.model, subject: this.member.name, check: this.#check, figures, note: this.#note }
  }

  async #figures(): Promise<StepFigures | null> {
    const answer = await this.member.ask({ kind: 'finish' })
    if (answer.kind !== 'finished') {
      this.#giveUp(answer)
      return null
    }
    const { residentBytes, lastLoss, facts, work } = answer
    const { model } = this
    const flops = trainingFlops(configOf(model), model.batch, model.sizes.maxLength)
    const tokens = model.batch * model.sizes.maxLength
    const samples = this.#times.map(([round, seconds]): Sample => [round, flops / seconds / 1e9])
    const times = this.#times.map(([, seconds]) => seconds)
    return {
      milliseconds: distributionOf(times.map((seconds) => seconds * 1000)),
      flops,
      gigaflops: distributionOf(samples.map(([, rate]) => rate)),
      tokensPerSecond: distributionOf(times.map((seconds) => tokens / seconds)),
      samples,
      parameters: parameterCount(model),
      residentBytes,
      firstLoss: this.#firstLoss,
      lastLoss,
      own: facts,
      work,
    }
  }

  #giveUp(answer: Parameters<typeof noteOf>[0]): undefined {
    this.#isReady = false
    this.#check = null
    this.#note = noteOf(answer)
  }
}

/** The largest difference of losses, as a part of ours, over the first steps. */
function compareLosses(
  losses: readonly number[],
  truth: readonly number[] | undefined,
  model: BenchmarkedModel,
): Check {
  // AdamW's first steps have the length of the learning rate whatever the gradient, so roundings decide where that is
  // near 0. With dropout each draws numbers of its own, and the losses of a batch agree within their noise.
  const tolerance = model.dropout === 0 ? 1e-3 : 3e-2
  const errors = truth?.map((loss, step) => Math.abs(losses[step]! - loss) / loss) ?? [Number.NaN]
  return { error: Math.max(...errors), tolerance }
}
