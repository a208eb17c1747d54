/** In which type layers use their weights. */
export type Precision = 'f32' | 'f16'

let current: Precision = 'f32'

/**
 * Runs a function, no promise, in which layers use their f32 weights as f16, so that what they compute from them is f16,
 * too. Weights stay f32: each `parameter.value` is cast after its transforms, and gradients come back in f32. Inputs that
 * are numbers rather than ids must be f16: `x.cast('f16')`.
 *
 * ```ts
 * const logits = withPrecision('f16', () => model.forward(ids))
 * ```
 *
 * @throws DTypeError, from the first operation, on a backend that only stores f16
 * @see Micikevicius et al. 2018, section 3.1
 */
export function withPrecision<T>(precision: Precision, run: () => T): T {
  const before = current
  current = precision
  try {
    return run()
  } finally {
    current = before
  }
}

/** The type of weights now: f32, but for `withPrecision`. */
export function currentPrecision(): Precision {
  return current
}
