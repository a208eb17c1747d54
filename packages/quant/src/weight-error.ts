/** How far compressed weights W' are from the original W. */
export interface WeightError {
  /** weights */
  readonly size: number
  /** mean |W - W'|, in the weights' unit, as are the next two */
  readonly meanAbsolute: number
  /** √ mean (W - W')² */
  readonly rootMeanSquare: number
  readonly maxAbsolute: number
  /** √ mean W², what the error is to be seen against */
  readonly signal: number
  /** ‖W - W'‖ / ‖W‖; 0 if nothing changed */
  readonly relative: number
  /** signal to noise, 20 log₁₀ (‖W‖ / ‖W - W'‖), in decibels; Infinity if nothing changed */
  readonly decibels: number
}

/** The error of compressed weights. @throws RangeError if there are not as many as original ones, or none */
export function weightError(original: ArrayLike<number>, compressed: ArrayLike<number>): WeightError {
  const size = original.length
  if (size !== compressed.length || size === 0) {
    throw new RangeError(
      `weightError: ${size} original weights, ${compressed.length} compressed; give as many, one at least`,
    )
  }
  let absolute = 0
  let squares = 0
  let greatest = 0
  let signal = 0
  for (let index = 0; index < size; index++) {
    const error = Math.abs(original[index]! - compressed[index]!)
    absolute += error
    squares += error * error
    if (error > greatest) greatest = error
    signal += original[index]! ** 2
  }
  return summarize(size, absolute / size, squares / size, greatest, signal / size)
}

/** The error of several tensors as if they were one. @throws RangeError if there are none */
export function combineErrors(errors: Iterable<WeightError>): WeightError {
  let size = 0
  let absolute = 0
  let squares = 0
  let greatest = 0
  let signal = 0
  for (const each of errors) {
    size += each.size
    absolute += each.size * each.meanAbsolute
    squares += each.size * each.rootMeanSquare ** 2
    greatest = Math.max(greatest, each.maxAbsolute)
    signal += each.size * each.signal ** 2
  }
  if (size === 0) throw new RangeError('combineErrors: there are no errors to combine')
  return summarize(size, absolute / size, squares / size, greatest, signal / size)
}

/**
 * Errors by type of module (attention, feed-forward…).
 *
 * @param typeOf the type of a parameter by its name; undefined leaves it out
 */
export function errorsByType(
  errors: ReadonlyMap<string, WeightError>,
  typeOf: (name: string) => string | undefined,
): Map<string, WeightError> {
  const grouped = new Map<string, WeightError[]>()
  for (const [name, error] of errors) {
    const type = typeOf(name)
    if (type !== undefined) grouped.set(type, [...(grouped.get(type) ?? []), error])
  }
  return new Map([...grouped].map(([type, group]) => [type, combineErrors(group)]))
}

function summarize(
  size: number,
  meanAbsolute: number,
  meanSquare: number,
  maxAbsolute: number,
  signalSquare: number,
): WeightError {
  const relative = meanSquare === 0 ? 0 : Math.sqrt(meanSquare / signalSquare)
  return {
    ...{ size, meanAbsolute, rootMeanSquare: Math.sqrt(meanSquare), maxAbsolute, signal: Math.sqrt(signalSquare) },
    ...{ relative, decibels: -20 * Math.log10(relative) },
  }
}
