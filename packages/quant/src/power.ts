/** 1 / k!, for e^r on |r| <= ln 2 / 2: the 15th term is below 2⁻⁶². */
const inverseFactorials = new Float64Array(15).fill(1)
for (let k = 1; k < 15; k++) inverseFactorials[k] = inverseFactorials[k - 1]! / k
inverseFactorials.reverse()

/** 1 / (2 k + 1), for ln m = 2 Σ s^(2k+1) / (2k+1), s = (m - 1) / (m + 1) within ±0.172: the 12th term is below 2⁻⁶⁰. */
const inverseOdds = Float64Array.from({ length: 12 }, (_, k) => 1 / (2 * k + 1)).reverse()

const number = new Float64Array(1)
const words = new Uint32Array(number.buffer)
/** Which of the words has sign, exponent and the first 20 bits. */
const high = new Uint8Array(Uint16Array.of(1).buffer)[0]!

/**
 * x^y = 2^(y log₂ x), made of + - * / alone, so that every engine gives the same bits: `**` is left to engines, and the last
 * digit of theirs differs between versions of one. Its relative error is at most about 2⁻⁵¹ (2 + |y log₂ x|).
 *
 * @param x at least 0; what is below 2⁻¹⁰²² counts as 0
 */
export function power(x: number, y: number): number {
  if (y === 0) return 1
  if (x < 2 ** -1022) return y > 0 ? 0 : Infinity
  return x === Infinity ? (y > 0 ? Infinity : 0) : exp2(y * log2(x))
}

/** Of a normal number: its exponent, and the logarithm of what is left, between √½ and √2. */
function log2(x: number): number {
  number[0] = x
  let exponent = (words[high]! >>> 20) - 1023
  words[high] = (words[high]! & 0xfffff) | (1023 << 20)
  let mantissa = number[0]
  if (mantissa > Math.SQRT2) {
    mantissa /= 2
    exponent++
  }
  const s = (mantissa - 1) / (mantissa + 1)
  return exponent + (2 * s * polynomial(inverseOdds, s * s)) / Math.LN2
}

function polynomial(coefficients: Float64Array, x: number): number {
  let sum = 0
  for (let k = 0; k < coefficients.length; k++) sum = sum * x + coefficients[k]!
  return sum
}

/** Beyond the range of normal numbers 0 or ∞. */
function exp2(x: number): number {
  const whole = Math.round(x)
  if (whole < -1022) return 0
  if (whole > 1023) return Infinity
  number[0] = 1
  words[high] = (whole + 1023) << 20
  return number[0] * polynomial(inverseFactorials, (x - whole) * Math.LN2)
}
