import { Parameter } from '@tlc/nn'
import { mean, mul, sigmoid, type Tensor, zeros } from '@tlc/tensor'
import { distinct } from '../distinct.ts'
import { maskOf } from '../mask.ts'
import { type ZeroCount, zerosOf } from '../sparsity.ts'
import { within } from '../structures/scope.ts'
import type { Scored } from '../structures/structure.ts'
import type { Binarizer } from './binarizers.ts'
import { maskByScores } from './mask-by-scores.ts'
import { MovableMask } from './movable-mask.ts'

export interface MovementOptions {
  /** How scores become masks at a step: `topK` of a schedule, or `aboveThreshold`. */
  readonly binarizer: (step: number) => Binarizer
  /** what is ranked together; `perMatrix` by default, as in the paper */
  readonly scope?: 'global' | 'perMatrix'
}

interface Entry {
  readonly name: string
  readonly scores: Parameter
  readonly mask: MovableMask
}

/**
 * Movement pruning: each weight has a score that is trained with it, S ← S - η ∂L/∂M, ∂L/∂M = ∂L/∂(W ⊙ M) ⊙ W, so that those
 * survive that move away from zero. Scores begin at 0; give them to the optimizer beside the weights, in a group with
 * their own learning rate and without decay. Pruned weights may come back until `freeze`.
 *
 * ```ts
 * const sparsity = cubicSparsity({ final: 0.85, begin: 500, changes: 4000 })
 * using movement = new MovementPruning(prunable(model), { binarizer: (step) => topK(1 - sparsity(step)) })
 * const optimizer = new AdamW(new Map([...namedParameters(model), ...movement.scores]), { groups: [...] })
 * // before each step: await movement.update(step)
 * // at the end: movement.freeze()
 * ```
 * Soft: `binarizer: () => aboveThreshold(0.1, { sigmoid: true })`, and `movement.penalty(λ)` added to the loss.
 *
 * @see Sanh et al. 2020, Movement pruning: adaptive sparsity by fine-tuning
 */
export class MovementPruning implements Disposable {
  /** By the weight's name and `.scores`. */
  readonly scores: ReadonlyMap<string, Parameter>
  readonly #entries: readonly Entry[]
  readonly #options: MovementOptions

  /** Scores are on the parameters at once, and keep all until `update`. A parameter under two names has one. */
  constructor(parameters: ReadonlyMap<string, Parameter>, options: MovementOptions) {
    this.#options = options
    this.#entries = [...distinct(parameters)].map(([name, parameter]) => scored(name, parameter))
    this.scores = new Map(this.#entries.map(({ name, scores }) => [`${name}.scores`, scores]))
  }

  /**
   * Makes the masks of a step from the scores as they are now. Ranked on the CPU: to be called before each step.
   *
   * @returns the zeros that there are now
   */
  async update(step: number): Promise<ZeroCount> {
    const weights: Scored[] = []
    for (const { name, scores, mask } of this.#entries) {
      const { shape, size } = scores.stored
      const kept = maskOf(mask.parameter) ?? new Uint8Array(size).fill(1)
      weights.push({ name, shape, scores: (await scores.stored.data()) as Float32Array, kept })
    }
    const masks = within(this.#options.scope ?? 'perMatrix', this.#options.binarizer(step))(weights, 0)
    for (const [index, { mask }] of this.#entries.entries()) mask.set(masks[index]!)
    return zerosOf(masks)
  }

  /** λ · the mean over weights of mean σ(S): a term of the loss that pushes scores down, a scalar. */
  penalty(lambda: number): Tensor {
    const means = this.#entries.map(({ scores }) => mean(sigmoid(scores.stored)))
    return mul(
      means.reduce((sum, each) => sum.add(each)),
      lambda / means.length,
    )
  }

  /** Makes the masks of the last `update` ordinary ones, and takes the scores off. */
  async freeze(): Promise<void> {
    for (const { mask } of this.#entries) await mask.freeze()
    this.dispose()
  }

  /** Takes the scores off, and frees them: the weights as they are stored count again. */
  dispose(): void {
    for (const { scores, mask } of this.#entries) {
      mask.dispose()
      scores.stored.dispose()
    }
  }

  [Symbol.dispose](): void {
    this.dispose()
  }
}

function scored(name: string, parameter: Parameter): Entry {
  const { shape, backend } = parameter.stored
  const scores = new Parameter(zeros(shape, { backend }))
  // They live as long as they are on the parameter, whatever scope happens to be open now.
  scores.stored.moveTo(undefined)
  const mask = new MovableMask(parameter, (weight, condition) => maskByScores([weight, scores.stored, condition], {}))
  return { name, scores, mask }
}
