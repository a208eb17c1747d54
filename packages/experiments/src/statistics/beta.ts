/**
 * Regularized incomplete beta function I_x(a, b), the distribution function of Beta(a, b), by its continued fraction.
 *
 * @see Abramowitz & Stegun 1964, 26.5.8; evaluated by the method of Lentz 1976
 */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (!(x >= 0 && x <= 1 && a > 0 && b > 0)) {
    throw new RangeError(`incompleteBeta: needs 0 <= x <= 1, a > 0 and b > 0, got x ${x}, a ${a}, b ${b}`)
  }
  if (x === 0 || x === 1) return x
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a) // where the fraction converges fast
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b)) / a
  return front * continuedFraction(x, a, b)
}

function continuedFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300
  const away = (value: number) => (Math.abs(value) < tiny ? tiny : value)
  let c = 1
  let d = 1 / away(1 - ((a + b) * x) / (a + 1))
  let fraction = d
  for (let m = 1; m < 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    let step = 1
    for (const coefficient of [even, odd]) {
      d = 1 / away(1 + coefficient * d)
      c = away(1 + coefficient / c)
      step = c * d
      fraction *= step
    }
    if (Math.abs(step - 1) < 1e-15) return fraction
  }
  throw new RangeError(`incompleteBeta: no convergence at x ${x}, a ${a}, b ${b}`)
}

/** ln Γ(z) for z > 0: Stirling's series at z + 10, carried down by Γ(z + 1) = z Γ(z). */
export function logGamma(z: number): number {
  let shift = 0
  let x = z
  for (; x < 10; x += 1) shift += Math.log(x)
  const square = 1 / (x * x)
  const series = 1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188)))
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series / x - shift
}

/** The x at which the increasing function `distribution` on [low, high] takes the value `probability`, by bisection. */
export function invert(distribution: (x: number) => number, probability: number, low: number, high: number): number {
  let [from, to] = [low, high]
  for (let halving = 0; halving < 200; halving++) {
    const middle = (from + to) / 2
    if (middle <= from || middle >= to) break // nothing lies between them in float64
    if (distribution(middle) < probability) from = middle
    else to = middle
  }
  return (from + to) / 2
}
