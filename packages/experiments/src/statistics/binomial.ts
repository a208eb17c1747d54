/**
 * P(X ≤ k) for X ~ Binomial(n, ½): Σ_{i ≤ k} C(n, i) / 2ⁿ, summed from the largest term down in logarithms, so that no
 * n overflows.
 */
export function fairCoinTail(successes: number, trials: number): number {
  if (successes < 0) return 0
  if (successes >= trials) return 1
  let logTerm = -trials * Math.LN2 // C(n, 0) / 2ⁿ
  for (let i = 1; i <= successes; i++) logTerm += Math.log((trials - i + 1) / i)
  let ratio = 1
  let sum = 0
  for (let i = successes; i >= 0 && ratio > 0; i--) {
    sum += ratio
    ratio *= i / (trials - i + 1)
  }
  return Math.min(1, Math.exp(logTerm) * sum)
}

/** Two-sided: twice the smaller tail of a fair coin, at most 1. Exact, since a fair coin's distribution is symmetric. */
export function fairCoinTest(successes: number, trials: number): number {
  return Math.min(1, 2 * fairCoinTail(Math.min(successes, trials - successes), trials))
}
