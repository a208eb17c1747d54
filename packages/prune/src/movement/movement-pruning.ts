import { Parameter, type Transform } from '@tlc/nn'
import { mean, mul, scope, sigmoid, type Tensor, tensor, zeros } from '@tlc/tensor'
import { distinct } from '../distinct.ts'
import { type Mask, maskOf, setMask } from '../mask.ts'
import { share, type ZeroCount } from '../sparsity.ts'
import { within } from '../structures/scope.ts'
import type { Scored } from '../structures/structure.ts'
import type { Binarizer } from './binarizers.ts'
import { maskThrough } from './mask-through.ts'

export interface MovementOptions {
  /** How scores become masks at a step: `topK` of a schedule, or `aboveThreshold`. */
  readonly binarizer: (step: number) => Binarizer
  /** what is ranked together; `perMatrix` by default, as in the paper */
  readonly scope?: 'global' | 'perMatrix'
}

interface Entry {
  readonly name: string
  readonly parameter: Parameter
  readonly scores: Parameter
  /** On the device, bool, of the weight's shape. */
  readonly mask: Tensor
  readonly transform: Transform
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
    for (const { name, parameter, scores } of this.#entries) {
      const { shape, size } = scores.stored
      const kept = maskOf(parameter) ?? new Uint8Array(size).fill(1)
      weights.push({ name, shape, scores: (await scores.stored.data()) as Float32Array, kept })
    }
    const masks = within(this.#options.scope ?? 'perMatrix', this.#options.binarizer(step))(weights, 0)
    for (const [index, { mask }] of this.#entries.entries()) {
      using _inner = scope()
      mask.assign(conditionOf(masks[index]!, mask))
    }
    return count(masks)
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
    for (const { parameter, mask } of this.#entries) setMask(parameter, (await mask.data()) as Mask)
    this.dispose()
  }

  /** Takes the scores off, and frees them: the weights as they are stored count again. */
  dispose(): void {
    for (const { parameter, scores, mask, transform } of this.#entries) {
      const place = parameter.transforms.indexOf(transform)
      if (place < 0) continue
      parameter.transforms.splice(place, 1)
      scores.stored.dispose()
      mask.dispose()
    }
  }

  [Symbol.dispose](): void {
    this.dispose()
  }
}

function scored(name: string, parameter: Parameter): Entry {
  const { shape, size, backend } = parameter.stored
  const scores = new Parameter(zeros(shape, { backend }))
  const mask = tensor(new Uint8Array(size).fill(1), { shape, dtype: 'bool', backend })
  // They live as long as they are on the parameter, whatever scope happens to be open now.
  scores.stored.moveTo(undefined)
  mask.moveTo(undefined)
  const transform: Transform = (weight) => maskThrough([weight, scores.stored, mask], {})
  parameter.transforms.push(transform)
  return { name, parameter, scores, mask, transform }
}

function conditionOf(mask: Mask, { shape, backend }: Tensor): Tensor {
  return tensor(mask, { shape, dtype: 'bool', backend })
}

function count(masks: readonly Mask[]): ZeroCount {
  let size = 0
  let zeros = 0
  for (const mask of masks) {
    size += mask.length
    for (const flag of mask) zeros += 1 - flag
  }
  return { size, zeros, sparsity: share(zeros, size) }
}
