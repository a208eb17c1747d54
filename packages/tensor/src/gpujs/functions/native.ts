/** A function that kernels call, written once for each place where they run. Numbers are f32, or whole in places. */
export interface NativeFunction {
  readonly returns: 'Number' | 'Integer'
  /** In the shading language of WebGL2, GLSL ES 3.00; `float` and `int` arguments only. */
  readonly glsl: string
  /** In JavaScript, for gpu.js's CPU mode. */
  readonly js: string
}

/** A table of native functions, by the names they have in both languages. */
export type NativeFunctions = Readonly<Record<string, NativeFunction>>

/**
 * c₀ xⁿ + c₁ xⁿ⁻¹ + … + cₙ by Horner's rule, as text that is right in both languages.
 *
 * @param x the name of a variable
 */
export function polynomial(coefficients: readonly number[], x: string): string {
  return coefficients.slice(1).reduce((sum, c) => `(${sum} * ${x} + ${literal(c)})`, literal(coefficients[0]!))
}

/** A number as GLSL wants it: a float has a point, or an exponent. */
function literal(value: number): string {
  const text = Number.isInteger(value) ? `${value}.0` : String(value)
  return value < 0 ? `(${text})` : text
}
