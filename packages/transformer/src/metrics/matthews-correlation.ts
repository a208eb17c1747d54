import { countClasses } from './confusion.ts'

/**
 * (c s - Σ pₖ tₖ) / √((s² - Σ pₖ²) (s² - Σ tₖ²)): the correlation of predictions and labels, -1 to 1, for s of them of
 * which c are right, class k predicted pₖ and labelled tₖ times. With two classes it is
 * (TP · TN - FP · FN) / √((TP + FP) (TP + FN) (TN + FP) (TN + FN)). It is 0 where predictions, or labels, are all alike.
 *
 * @throws RangeError for no predictions, or labels for another number of them
 * @see Matthews 1975; Gorodkin 2004, eq. 8 (several classes)
 */
export function matthewsCorrelation(predictions: ArrayLike<number>, labels: ArrayLike<number>): number {
  const s = labels.length
  let [right, products, predictedSquares, labelledSquares] = [0, 0, 0, 0]
  for (const { predicted, labelled, both } of countClasses('matthewsCorrelation', predictions, labels).values()) {
    right += both
    products += predicted * labelled
    predictedSquares += predicted ** 2
    labelledSquares += labelled ** 2
  }
  // Two roots: the product of the squares may be more than a whole number of float64 can be.
  const spread = Math.sqrt(s * s - predictedSquares) * Math.sqrt(s * s - labelledSquares)
  return spread === 0 ? 0 : (right * s - products) / spread
}
