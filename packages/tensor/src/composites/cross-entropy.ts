import { range } from '../create.ts'
import { ShapeError } from '../errors.ts'
import { add, cast, equal, exp, log, mul, sub, where } from '../operations/elementwise.ts'
import { reshape } from '../operations/movement.ts'
import { maxOver, sum } from '../operations/reduction.ts'
import { checkDType, type Described, floatType } from '../rules.ts'
import { formatShape } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import type { Composite } from './composite.ts'

export interface CrossEntropyParameters {
  /** Rows with this target have loss 0 and no gradient. */
  readonly ignoreIndex: number
  /** ε: the target gets 1 - ε + ε/classes of the probability, every other class ε/classes. */
  readonly labelSmoothing: number
}

const last = { axis: -1, keepDims: true } as const

function check(name: string, logits: Described, targets: Described): 'f32' | 'f16' {
  const dtype = floatType(name, [logits], 'logits')
  checkDType(name, targets, ['i32'], 'targets')
  if (logits.shape.length !== 2 || targets.shape.length !== 1 || logits.shape[0] !== targets.shape[0]) {
    throw new ShapeError(
      `${name}: logits ${formatShape(logits.shape)} and targets ${formatShape(targets.shape)}; expected [rows, classes] and [rows]`,
    )
  }
  return dtype
}

/** The distribution each row is compared with. `[rows, classes]` */
function smoothedTargets(logits: Tensor, targets: Tensor, labelSmoothing: number): Tensor {
  const classes = logits.shape[1]!
  const ids = range(classes, { dtype: 'i32', backend: logits.backend })
  const oneHot = cast(equal(reshape(targets, [-1, 1]), ids), 'f32') // [rows, classes]
  return add(mul(oneHot, 1 - labelSmoothing), labelSmoothing / classes)
}

/** 1 for rows that count, 0 for ignored ones. `[rows]` */
function counted(targets: Tensor, ignoreIndex: number): Tensor {
  return sub(1, cast(equal(targets, ignoreIndex), 'f32'))
}

/**
 * lossᵢ = -Σ_c q_c · ln softmax(logitsᵢ)_c, q the smoothed one-hot distribution of targetᵢ.
 *
 * Inputs logits `[rows, classes]` and targets i32 `[rows]`; outputs, f32, the loss of each row `[rows]` and
 * ln Σ e^logits `[rows]`, which the derivative needs.
 *
 * @see Szegedy et al. 2015, section 7, for label smoothing
 */
export const crossEntropy: Composite<CrossEntropyParameters> = {
  name: 'crossEntropy',
  outputs([logits, targets]) {
    check('crossEntropy', logits!, targets!)
    const rows = { shape: [logits!.shape[0]!], dtype: 'f32' } as const
    return [rows, rows]
  },
  formula([logits, targets], { ignoreIndex, labelSmoothing }) {
    const largest = maxOver(logits!, last)
    const logSumExp = add(log(sum(exp(sub(logits!, largest)), last)), largest) // [rows, 1]
    const q = smoothedTargets(logits!, targets!, labelSmoothing)
    const loss = sum(mul(q, sub(logSumExp, logits!)), { axis: 1 }) // [rows]
    const ignored = equal(targets!, ignoreIndex)
    return [where(ignored, 0, loss), reshape(logSumExp, [-1])]
  },
}

/** dlogits = (softmax(logits) - q) · g, from inputs logits, targets, ln Σ e^logits and g = dloss `[rows]`. */
export const crossEntropyGrad: Composite<CrossEntropyParameters> = {
  name: 'crossEntropyGrad',
  outputs([logits, targets]) {
    return [{ shape: logits!.shape, dtype: check('crossEntropyGrad', logits!, targets!) }]
  },
  formula([logits, targets, logSumExp, g], { ignoreIndex, labelSmoothing }) {
    const probabilities = exp(sub(logits!, reshape(logSumExp!, [-1, 1])))
    const difference = sub(probabilities, smoothedTargets(logits!, targets!, labelSmoothing))
    return [mul(difference, reshape(mul(g!, counted(targets!, ignoreIndex)), [-1, 1]))]
  },
}
