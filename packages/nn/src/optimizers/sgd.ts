import { add, mul, sub, type Tensor } from '@tlc/tensor'
import type { Parameter } from '../parameter.ts'
import type { Schedule } from '../schedules.ts'
import type { OptimizerOptions } from './optimizer.ts'
import { decayedGradient, type ParameterStep, ParameterwiseOptimizer } from './parameterwise.ts'

export interface SGDOptions extends OptimizerOptions {
  /** μ, or its schedule: it falls while the learning rate of `oneCycle` rises; 0 by default */
  readonly momentum?: number | Schedule
  /** whether to look ahead by one step of momentum; false by default */
  readonly nesterov?: boolean
}

/**
 * g ← g + λp;  b ← μb + g;  p ← p - ηb, or with nesterov p ← p - η(g + μb).
 *
 * @see Sutskever et al. 2013, section 2
 */
export class SGD extends ParameterwiseOptimizer {
  readonly #momentum: Schedule
  readonly #nesterov: boolean

  /** @throws RangeError if nesterov is asked for without momentum */
  constructor(parameters: ReadonlyMap<string, Parameter>, options: SGDOptions = {}) {
    const { momentum = 0, nesterov = false } = options
    if (nesterov && momentum === 0) throw new RangeError('SGD: nesterov needs momentum > 0')
    super(parameters, options, momentum === 0 ? [] : ['momentum'])
    this.#momentum = typeof momentum === 'number' ? () => momentum : momentum
    this.#nesterov = nesterov
  }

  protected override next(parameter: ParameterStep): readonly [Tensor, ...Tensor[]] {
    const { weight, slots, learningRate, step } = parameter
    const gradient = decayedGradient(parameter)
    const change = (by: Tensor): Tensor => sub(weight, mul(by, learningRate))
    if (!slots[0]) return [change(gradient)]
    const mu = this.#momentum(step - 1)
    const momentum = add(mul(slots[0], mu), gradient)
    return [change(this.#nesterov ? add(gradient, mul(momentum, mu)) : momentum), momentum]
  }
}
