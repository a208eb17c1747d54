/**
 * erf x to float64 precision: Σ (-1)ⁿ x^(2n+1) / (n! (2n+1)) · 2/√π where that converges fast, beyond it
 * 1 - e^(-x²)/√π times a continued fraction.
 *
 * @see Abramowitz & Stegun 1964, 7.1.5 and 7.1.14
 */
export function erf(x: number): number {
  const magnitude = Math.abs(x)
  if (Number.isNaN(x)) return Number.NaN
  const value = magnitude < 2.5 ? series(magnitude) : magnitude > 6 ? 1 : 1 - complement(magnitude)
  return x < 0 ? -value : value
}

function series(x: number): number {
  let term = x
  let total = x
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(total); n++) {
    term *= (-x * x) / n
    total += term / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * total
}

/** 1 - erf x for x well above 0: e^(-x²)/√π · 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + …)))). */
function complement(x: number): number {
  let fraction = x
  for (let n = 60; n >= 1; n--) fraction = x + n / 2 / fraction
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction
}
