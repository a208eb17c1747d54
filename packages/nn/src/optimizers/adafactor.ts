import { add, div, max, mean, mul, type Shape, sqrt, square, sub, type Tensor } from '@tlc/tensor'
import type { Parameter } from '../parameter.ts'
import { decayingMean } from './moments.ts'
import type { OptimizerOptions } from './optimizer.ts'
import { type ParameterStep, ParameterwiseOptimizer } from './parameterwise.ts'

export interface AdafactorOptions extends OptimizerOptions {
  /** d: an update with a larger root mean square is scaled down to it; 1 by default */
  readonly clipThreshold?: number
  /** ε₁, added to squared gradients; 1e-30 by default */
  readonly epsilon?: number
  /** ε₂, the least size that a parameter counts as; 1e-3 by default */
  readonly leastSize?: number
}

/**
 * Adam without momentum, that remembers of a matrix's squared gradients only the means of rows and of columns:
 * β = 1 - t^-0.8;  r ← βr + (1 - β) mean_columns(g² + ε₁);  c ← βc + (1 - β) mean_rows(g² + ε₁);
 * u = g / √(r c / mean(r)), of vectors g / √v;  p ← p - α u / max(1, RMS(u) / d) - αλp with α = η max(ε₂, RMS(p)).
 * η is a part of the parameter's size: min(0.01, 1/√t) in the paper.
 *
 * @see Shazeer & Stern 2018, algorithms 4 and 5
 */
export class Adafactor extends ParameterwiseOptimizer {
  readonly #clipThreshold: number
  readonly #epsilon: number
  readonly #leastSize: number

  constructor(parameters: ReadonlyMap<string, Parameter>, options: AdafactorOptions = {}) {
    super(parameters, options, ({ stored }) => factorShapes(stored.shape))
    this.#clipThreshold = options.clipThreshold ?? 1
    this.#epsilon = options.epsilon ?? 1e-30
    this.#leastSize = options.leastSize ?? 1e-3
  }

  protected override next(parameter: ParameterStep): readonly [Tensor, ...Tensor[]] {
    const { weight, gradient, slots, weightDecay, learningRate, step } = parameter
    const beta = 1 - fifthRoot(step) / step // t^-0.8 = t^0.2 / t
    const squared = add(square(gradient), this.#epsilon)
    const axes = slots.length === 2 ? [-1, -2] : [undefined]
    const means = axes.map((axis, index) => {
      const now = axis === undefined ? squared : mean(squared, { axis, keepDims: true })
      return decayingMean(slots[index]!, now, beta)
    })
    // Two roots, since the product of the smallest r and c is less than f32 can hold.
    const [rows, columns] = means as [Tensor, Tensor?]
    const relative = columns ? div(rows, mean(rows, { axis: -2, keepDims: true })) : rows
    const update = [relative, ...(columns ? [columns] : [])].reduce((u, part) => div(u, sqrt(part)), gradient)
    const size = mul(max(rootMeanSquare(weight), this.#leastSize), learningRate)
    const clipped = div(update, max(div(rootMeanSquare(update), this.#clipThreshold), 1))
    return [sub(weight, mul(add(clipped, mul(weight, weightDecay)), size)), ...means]
  }
}

/** `[..., n, m]` is remembered as `[..., n, 1]` and `[..., 1, m]`, a vector as itself. */
function factorShapes(shape: Shape): Readonly<Record<string, Shape>> {
  if (shape.length < 2) return { second: shape }
  return { rows: [...shape.slice(0, -1), 1], columns: [...shape.slice(0, -2), 1, shape.at(-1)!] }
}

function rootMeanSquare(x: Tensor): Tensor {
  return sqrt(mean(square(x)))
}

/** ⁵√x by Newton's method from above, until it falls no more: the bits of `**` are the engine's. */
function fifthRoot(x: number): number {
  let root = 1 + (x - 1) / 5
  for (;;) {
    const next = (4 * root + x / (root * root * root * root)) / 5
    if (!(next < root)) return root
    root = next
  }
}
