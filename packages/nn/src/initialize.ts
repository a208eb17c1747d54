import {
  add,
  div,
  erf,
  exp,
  formatShape,
  full,
  type Key,
  mul,
  neg,
  normal,
  type Shape,
  ShapeError,
  scope,
  square,
  sub,
  type Tensor,
  uniform,
} from '@tlc/tensor'

/** Makes the first values of a weight. */
export type Initializer = (key: Key, shape: Shape) => Tensor

/** One value everywhere. */
export function constant(value: number): Initializer {
  return (_, shape) => full(shape, value)
}

/**
 * A normal distribution of mean 0 cut off at two deviations: x = σ √2 erf⁻¹(u erf √2), u even over -1..1.
 *
 * @param deviation σ, of the distribution before it is cut; what is left has 0.88 σ
 */
export function truncatedNormal(deviation = 0.02): Initializer {
  return (key, shape) => {
    using inner = scope()
    const bound = 0.9544997361036416 // erf √2, the probability of two deviations
    const even = mul(sub(mul(uniform(key, shape), 2), 1), bound)
    return inner.keep(mul(inverseErf(even), deviation * Math.SQRT2))
  }
}

/**
 * erf⁻¹ x for |x| <= erf √2, by Newton's method from below: y ← y + (x - erf y) / (2/√π e^(-y²)). erf bends toward the
 * axis on each side, so no step overshoots; five reach the precision of f32 in this range.
 */
function inverseErf(x: Tensor): Tensor {
  let y = mul(x, halfRootPi)
  for (let step = 0; step < 5; step++) {
    using former = y
    y = nearerInverse(x, former)
  }
  return y
}

const halfRootPi = Math.sqrt(Math.PI) / 2

/** One step of it, in a scope of its own: all five together would need forty times the memory of a large weight. */
function nearerInverse(x: Tensor, y: Tensor): Tensor {
  using inner = scope()
  return inner.keep(add(y, mul(div(sub(x, erf(y)), exp(neg(square(y)))), halfRootPi)))
}

/** Even over ±gain · √(6 / (in + out)): keeps the variance of signals and gradients. @see Glorot & Bengio 2010, eq. 16 */
export function xavierUniform(gain = 1): Initializer {
  return (key, shape) => evenly(key, shape, gain * Math.sqrt(6 / (inputsOf(shape) + outputsOf(shape))))
}

/** Normal with deviation gain · √(2 / (in + out)). @see Glorot & Bengio 2010, eq. 12 */
export function xavierNormal(gain = 1): Initializer {
  return (key, shape) => normally(key, shape, gain * Math.sqrt(2 / (inputsOf(shape) + outputsOf(shape))))
}

/** Even over ±gain · √(3 / in); gain √2 is that of a ReLU. @see He et al. 2015, eq. 10 */
export function kaimingUniform(gain: number = Math.SQRT2): Initializer {
  return (key, shape) => evenly(key, shape, gain * Math.sqrt(3 / inputsOf(shape)))
}

/** Normal with deviation gain / √in; gain √2 is that of a ReLU. @see He et al. 2015, eq. 10 */
export function kaimingNormal(gain: number = Math.SQRT2): Initializer {
  return (key, shape) => normally(key, shape, gain / Math.sqrt(inputsOf(shape)))
}

function evenly(key: Key, shape: Shape, bound: number): Tensor {
  using inner = scope()
  return inner.keep(mul(sub(mul(uniform(key, shape), 2), 1), bound))
}

function normally(key: Key, shape: Shape, deviation: number): Tensor {
  using inner = scope()
  return inner.keep(mul(normal(key, shape), deviation))
}

/** `in` of a weight `[out, in]`. */
function inputsOf(shape: Shape): number {
  return matrix(shape)[1]
}

/** `out` of a weight `[out, in]`. */
function outputsOf(shape: Shape): number {
  return matrix(shape)[0]
}

function matrix(shape: Shape): readonly [number, number] {
  if (shape.length !== 2)
    throw new ShapeError(
      `initializer: needs a weight [out, in], got shape ${formatShape(shape)}; use truncatedNormal or constant`,
    )
  return [shape[0]!, shape[1]!]
}
