import { add, div, equal, globalNorm, matmul, mul, sub, type Tensor, where } from '@tlc/tensor'
import type { Parameter } from '../parameter.ts'
import { type AdamOptions, AdamW } from './adamw.ts'
import type { Member } from './optimizer.ts'

export interface MuonOptions extends AdamOptions {
  /** μ, 0.95 by default */
  readonly momentum?: number
  /** which parameters, of two axes, are orthogonalized; all matrices by default. Leave out embeddings and output layers. */
  readonly matrices?: (name: string, parameter: Parameter) => boolean
}

/** Coefficients of x ↦ ax + bx³ + cx⁵, five times of which take 0.01..1 to about 0.7..1.2. Jordan et al. 2024. */
const [a, b, c] = [3.4445, -4.775, 2.0315] as const
const iterations = 5

/**
 * Moves matrices by their momentum made orthogonal: B ← μB + G;  O ≈ U Vᵀ of G + μB = U Σ Vᵀ;
 * W ← W - ηλW - η · 0.2 √max(rows, columns) · O. All else moves by AdamW, whose steps are of the same size, so that
 * both share η and λ.
 *
 * @see Jordan et al. 2024 (Newton-Schulz); Liu et al. 2025, eq. 4 (size and decay)
 */
export class Muon extends AdamW {
  readonly #momentum: number

  constructor(parameters: ReadonlyMap<string, Parameter>, options: MuonOptions = {}) {
    const { matrices = () => true, momentum = 0.95, ...rest } = options
    super(parameters, rest, (parameter, name) => {
      const { shape } = parameter.stored
      const slots = shape.length === 2 && matrices(name, parameter) ? ['momentum'] : ['first', 'second']
      return Object.fromEntries(slots.map((slot) => [slot, shape]))
    })
    this.#momentum = momentum
  }

  protected override update(members: readonly Member[], learningRate: number, scale: Tensor, step: number): void {
    const isMatrix = ({ slots }: Member): boolean => slots.length === 1
    super.update(
      members.filter((member) => !isMatrix(member)),
      learningRate,
      scale,
      step,
    )
    const counts = equal(scale, scale)
    for (const { weight, gradient, slots, weightDecay, learningRateFactor } of members.filter(isMatrix)) {
      const rate = learningRate * learningRateFactor
      const scaled = mul(gradient, scale)
      const momentum = add(mul(slots[0]!, this.#momentum), scaled)
      const direction = orthogonalized(add(scaled, mul(momentum, this.#momentum)))
      const change = mul(direction, rate * 0.2 * Math.sqrt(Math.max(...weight.shape)))
      weight.assign(where(counts, sub(mul(weight, 1 - rate * weightDecay), change), weight))
      slots[0]!.assign(where(counts, momentum, slots[0]!))
    }
  }
}

/** X ← aX + (bA + cA²)X with A = XXᵀ, from X / ‖X‖: a matrix with the singular vectors of X and values near 1. */
function orthogonalized(x: Tensor): Tensor {
  const [rows, columns] = x.shape as [number, number]
  const wide = rows <= columns // the smaller of XXᵀ and XᵀX is the cheaper one
  let next = div(x, add(globalNorm([x]), 1e-7))
  for (let i = 0; i < iterations; i++) {
    const gram = wide ? matmul(next, next, { transposeB: true }) : matmul(next, next, { transposeA: true })
    const factor = add(mul(gram, b), mul(matmul(gram, gram), c))
    next = add(mul(next, a), wide ? matmul(factor, next) : matmul(next, factor))
  }
  return next
}
