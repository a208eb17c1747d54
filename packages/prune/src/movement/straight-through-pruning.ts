import type { Parameter } from '@tlc/nn'
import { distinct } from '../distinct.ts'
import type { SparsitySchedule } from '../schedules/sparsity-schedules.ts'
import { type ZeroCount, zerosOf } from '../sparsity.ts'
import { type RankingScope, within } from '../structures/scope.ts'
import type { Scored, Structure } from '../structures/structure.ts'
import { unstructured } from '../structures/unstructured.ts'
import { MovableMask } from './movable-mask.ts'
import { refinedMask } from './refined-mask.ts'

export interface StraightThroughOptions {
  /** of each step; one that is constant trains from scratch with as many zeros from the first step on */
  readonly sparsity: SparsitySchedule
  /** `unstructured` by default; the paper's is `nm` */
  readonly structure?: Structure
  /** what is ranked together; `perMatrix` by default */
  readonly scope?: RankingScope
  /** λ, the pull of pruned weights toward 0; 2e-4 by default */
  readonly decay?: number
}

/**
 * Trains dense weights of which only those of largest magnitude are used at each step: a pruned one still gets its gradient,
 * and comes back when it has grown (SR-STE).
 *
 * ```ts
 * using training = new StraightThroughPruning(prunable(model), { structure: nm(2, 4), sparsity: () => 0.5 })
 * // before each step: await training.update(step)
 * // at the end: await training.freeze()
 * ```
 *
 * @see Zhou et al. 2021, Learning N:M fine-grained structured sparse neural networks from scratch,
 *   section 4.2 (recalled, not verified)
 */
export class StraightThroughPruning implements Disposable {
  readonly #masks: ReadonlyMap<string, MovableMask>
  readonly #sparsity: SparsitySchedule
  readonly #structure: Structure

  constructor(parameters: ReadonlyMap<string, Parameter>, options: StraightThroughOptions) {
    const { sparsity, structure = unstructured, scope = 'perMatrix', decay = 2e-4 } = options
    this.#sparsity = sparsity
    this.#structure = within(scope, structure)
    this.#masks = new Map(
      [...distinct(parameters)].map(([name, parameter]) => [
        name,
        new MovableMask(parameter, (weight, mask) => refinedMask([weight, mask], { decay })),
      ]),
    )
  }

  /**
   * Chooses the weights of a step by their magnitudes as they are now. Ranked on the CPU: to be called before each step.
   *
   * @returns the zeros that there are now
   */
  async update(step: number): Promise<ZeroCount> {
    const weights: Scored[] = []
    for (const [name, { parameter }] of this.#masks) {
      const { shape, size } = parameter.stored
      const scores = ((await parameter.stored.data()) as Float32Array).map(Math.abs)
      weights.push({ name, shape, scores, kept: new Uint8Array(size).fill(1) })
    }
    const masks = this.#structure(weights, this.#sparsity(step))
    for (const [index, mask] of [...this.#masks.values()].entries()) mask.set(masks[index]!)
    return zerosOf(masks)
  }

  /** Makes the masks of the last `update` ordinary ones, which stay. */
  async freeze(): Promise<void> {
    for (const mask of this.#masks.values()) await mask.freeze()
  }

  /** Takes the masks off: all weights count again. */
  dispose(): void {
    for (const mask of this.#masks.values()) mask.dispose()
  }

  [Symbol.dispose](): void {
    this.dispose()
  }
}
