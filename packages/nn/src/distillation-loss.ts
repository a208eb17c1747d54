import {
  add,
  cast,
  crossEntropy,
  formatShape,
  logSoftmax,
  mean,
  mul,
  ShapeError,
  sameShape,
  softmax,
  sub,
  sum,
  type Tensor,
} from '@tlc/tensor'

/** What a student learns from. */
export interface DistillationOptions {
  /** s, logits `[rows, classes]`, f32 or f16 */
  readonly student: Tensor
  /** t, logits `[rows, classes]`; a constant: compute them outside of what is differentiated */
  readonly teacher: Tensor
  /** i32 `[rows]`; without them the teacher alone counts, and α does not */
  readonly labels?: Tensor
  /** T > 0: the higher, the more the teacher's small probabilities count; 2 by default */
  readonly temperature?: number
  /** α, the share of the labels, 0 … 1; 0.5 by default */
  readonly alpha?: number
}

/**
 * α · CE(s, labels) + (1 - α) · T² · KL(softmax(t / T) ‖ softmax(s / T)), each a mean over rows, in nats. T² keeps the
 * gradients of the second term as large as they are at T = 1; as T grows, it becomes a squared difference of centered
 * logits.
 *
 * @returns an f32 scalar
 * @throws ShapeError if student and teacher are not of one shape `[rows, classes]`; RangeError if T is not > 0 or α not in 0 … 1
 * @see Hinton et al. 2015, Distilling the knowledge in a neural network, section 2
 */
export function distillationLoss(options: DistillationOptions): Tensor {
  const { student, teacher, labels, temperature = 2, alpha = 0.5 } = options
  if (!sameShape(student.shape, teacher.shape) || student.shape.length !== 2) {
    throw new ShapeError(
      `distillationLoss: student ${formatShape(student.shape)} and teacher ${formatShape(teacher.shape)}; ` +
        'expected one shape, [rows, classes]',
    )
  }
  if (!(temperature > 0 && temperature < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`distillationLoss: temperature must be > 0, got ${temperature}; 1 to 4 are usual`)
  }
  if (!(alpha >= 0 && alpha <= 1)) throw new RangeError(`distillationLoss: alpha must be within 0 … 1, got ${alpha}`)
  const divergence = mul(divergenceAt(student, teacher, temperature), temperature ** 2)
  if (!labels) return divergence
  return add(mul(crossEntropy(student, labels), alpha), mul(divergence, 1 - alpha))
}

/** KL(softmax(t / T) ‖ softmax(s / T)) = Σ p (ln p - ln q), the mean over rows. */
function divergenceAt(student: Tensor, teacher: Tensor, temperature: number): Tensor {
  const logP = logSoftmax(mul(cast(teacher, 'f32'), 1 / temperature)) // [rows, classes]
  const logQ = logSoftmax(mul(cast(student, 'f32'), 1 / temperature)) // [rows, classes]
  const p = softmax(mul(cast(teacher, 'f32'), 1 / temperature)) // [rows, classes]
  return mean(sum(mul(p, sub(logP, logQ)), { axis: -1 }))
}
