import { div, exp, log, mul, sub } from '../operations/elementwise.ts'
import { maxOver, sum } from '../operations/reduction.ts'
import type { NoParameters } from '../primitives.ts'
import { type Described, floatType, type Spec } from '../rules.ts'
import type { Composite } from './composite.ts'

const last = { axis: -1, keepDims: true } as const

function likeFirst(name: string): (inputs: readonly Described[]) => readonly Spec[] {
  return (inputs) => [{ shape: inputs[0]!.shape, dtype: floatType(name, inputs) }]
}

/** yᵢ = e^(xᵢ - max x) / Σⱼ e^(xⱼ - max x) over the last axis. */
export const softmax: Composite<NoParameters> = {
  name: 'softmax',
  outputs: likeFirst('softmax'),
  formula([x]) {
    const exponentials = exp(sub(x!, maxOver(x!, last)))
    return [div(exponentials, sum(exponentials, last))]
  },
}

/** dx = y (g - Σ g y), from inputs y = softmax(x) and g = dy. */
export const softmaxGrad: Composite<NoParameters> = {
  name: 'softmaxGrad',
  outputs: likeFirst('softmaxGrad'),
  formula([y, g]) {
    return [mul(y!, sub(g!, sum(mul(g!, y!), last)))]
  },
}

/** yᵢ = xᵢ - max x - ln Σⱼ e^(xⱼ - max x) over the last axis. */
export const logSoftmax: Composite<NoParameters> = {
  name: 'logSoftmax',
  outputs: likeFirst('logSoftmax'),
  formula([x]) {
    const shifted = sub(x!, maxOver(x!, last))
    return [sub(shifted, log(sum(exp(shifted), last)))]
  },
}

/** dx = g - e^y Σ g, from inputs y = logSoftmax(x) and g = dy. */
export const logSoftmaxGrad: Composite<NoParameters> = {
  name: 'logSoftmaxGrad',
  outputs: likeFirst('logSoftmaxGrad'),
  formula([y, g]) {
    return [sub(g!, mul(exp(y!), sum(g!, last)))]
  },
}
