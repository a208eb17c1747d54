import { apply } from '../apply.ts'
import type { DType } from '../dtype.ts'
import type { Tensor } from '../tensor.ts'
import { constant, isFloat, type Operand, operands } from './operand.ts'

/** -x. f32, f16 or i32. */
export function neg(x: Tensor): Tensor {
  return apply('neg', [x], {})[0]!
}

/** eˣ, elementwise. */
export function exp(x: Tensor): Tensor {
  return apply('exp', [x], {})[0]!
}

/** ln x, elementwise: -Infinity at 0, NaN below. */
export function log(x: Tensor): Tensor {
  return apply('log', [x], {})[0]!
}

/** √x, elementwise: NaN below 0. */
export function sqrt(x: Tensor): Tensor {
  return apply('sqrt', [x], {})[0]!
}

/** sin x, elementwise, x in radians. */
export function sin(x: Tensor): Tensor {
  return apply('sin', [x], {})[0]!
}

/** cos x, elementwise, x in radians. */
export function cos(x: Tensor): Tensor {
  return apply('cos', [x], {})[0]!
}

/** tanh x, elementwise. */
export function tanh(x: Tensor): Tensor {
  return apply('tanh', [x], {})[0]!
}

/** erf x = 2/√π ∫₀ˣ e^(-t²) dt, elementwise. */
export function erf(x: Tensor): Tensor {
  return apply('erf', [x], {})[0]!
}

/** The nearest whole number, halves to even, elementwise. Its derivative is 0 almost everywhere. */
export function round(x: Tensor): Tensor {
  return apply('round', [x], {})[0]!
}

/**
 * The same values in another element type. To integers: toward zero, saturating, NaN to 0. To bool: whether not 0.
 * To f16 and bf16: the nearest, halves to even.
 */
export function cast(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : apply('cast', [x], { dtype })[0]!
}

/** a + b, broadcasting. */
export function add(a: Operand, b: Operand): Tensor {
  return apply('add', operands(a, b), {})[0]!
}

/** a - b, broadcasting. */
export function sub(a: Operand, b: Operand): Tensor {
  return apply('sub', operands(a, b), {})[0]!
}

/** a · b, elementwise, broadcasting. */
export function mul(a: Operand, b: Operand): Tensor {
  return apply('mul', operands(a, b), {})[0]!
}

/** a / b, broadcasting; integers truncate. */
export function div(a: Operand, b: Operand): Tensor {
  return apply('div', operands(a, b), {})[0]!
}

/** The larger of a and b, broadcasting; where they are equal, each gets half of the gradient. */
export function max(a: Operand, b: Operand): Tensor {
  return apply('max', operands(a, b), {})[0]!
}

/** The smaller of a and b, -max(-a, -b), broadcasting; NaN wins, and equal ones get half of the gradient each. */
export function min(a: Operand, b: Operand): Tensor {
  const [left, right] = operands(a, b)
  // Integers have no negative of their smallest, or none at all.
  return isFloat(left) ? neg(max(neg(left), neg(right))) : where(less(left, right), left, right)
}

/** a < b, as bool, broadcasting. */
export function less(a: Operand, b: Operand): Tensor {
  return apply('less', operands(a, b), {})[0]!
}

/** a > b, as bool, broadcasting. */
export function greater(a: Operand, b: Operand): Tensor {
  return less(b, a)
}

/** a = b, as bool, broadcasting. */
export function equal(a: Operand, b: Operand): Tensor {
  return apply('equal', operands(a, b), {})[0]!
}

/** a where the condition (bool) holds, b elsewhere; all three broadcast. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  return apply('where', [condition, ...operands(a, b)], {})[0]!
}

/** |x| = max(x, -x). */
export function abs(x: Tensor): Tensor {
  return max(x, neg(x))
}

/** x². */
export function square(x: Tensor): Tensor {
  return mul(x, x)
}

/** max(x, 0), NaN where x is. Written so that its derivative at 0 is 0, as is customary, and not that of a tie. */
export function relu(x: Tensor): Tensor {
  return where(equal(max(x, 0), 0), 0, x)
}

/** 1 / (1 + e⁻ˣ), written as (1 + tanh(x/2)) / 2 so that nothing overflows. */
export function sigmoid(x: Tensor): Tensor {
  return mul(add(tanh(mul(x, 0.5)), 1), 0.5)
}

/** x limited to low..high. */
export function clamp(x: Tensor, low: number, high: number): Tensor {
  return min(max(x, low), high)
}

/** -1, 0 or 1 by the sign of x. */
export function sign(x: Tensor): Tensor {
  const one = constant(1, x)
  return sub(where(greater(x, 0), one, 0), where(less(x, 0), one, 0))
}
