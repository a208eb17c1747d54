import {
  type Backend,
  foldIn,
  type Key,
  key as keyOf,
  normal,
  scope,
  sub,
  Tensor,
  tensor,
  withBackend,
} from '@tlc/tensor'
import { vjp } from './grad.ts'

type Differentiable = (inputs: readonly Tensor[]) => Tensor | readonly Tensor[]

export interface GradcheckOptions {
  /** for messages; the function's own name by default */
  readonly name?: string
  /** 2 checks the derivative of the derivative; 1 by default */
  readonly order?: 1 | 2
  /** random directions for each input, 2 by default */
  readonly directions?: number
  /** of the random directions, `key(0)` by default */
  readonly key?: Key
  /**
   * h, in units of the root mean square of the input; 2⁻⁵ by default. The four-point difference is off by h⁴ of the
   * fifth derivative and by rounding / h; with roundings of 2⁻²⁴ they balance near their fifth root, 0.036.
   */
  readonly step?: number
  /** allowed error in proportion to Σ |gᵢ vᵢ|, 1e-3 by default: some hundred times h⁴, for functions that bend much */
  readonly tolerance?: number
  /** relative error of the function's own outputs, 2⁻²² by default: a few roundings of float32 */
  readonly noise?: number
}

/** One directional derivative, twice. */
export interface GradcheckResult {
  readonly input: number
  readonly direction: number
  /** By the derivative rules. */
  readonly analytic: number
  /** By differences. */
  readonly numeric: number
  readonly allowed: number
}

/** A derivative that differences do not confirm. */
export class GradcheckError extends Error {
  override name = 'GradcheckError'
  readonly result: GradcheckResult

  constructor(message: string, result: GradcheckResult) {
    super(message)
    this.result = result
  }
}

/**
 * Compares the gradient of a function, by each input along random directions v, with differences:
 * g · v ≈ (8 (f(x + hv) - f(x - hv)) - (f(x + 2hv) - f(x - 2hv))) / 12h, f contracted with random cotangents.
 *
 * Inputs are moved in float32 and what they really moved by is used; outputs are subtracted, which for near numbers
 * is exact, before they are summed in float64. So only the errors of the outputs themselves count, as `noise`.
 *
 * @param fn smooth around the inputs, with f32 outputs
 * @returns every comparison
 * @throws GradcheckError at the first that is off by more than is allowed
 */
export async function gradcheck(
  fn: Differentiable,
  inputs: readonly Tensor[],
  options: GradcheckOptions = {},
): Promise<GradcheckResult[]> {
  const { name = fn.name || 'the function', order = 1, directions = 2, key = keyOf(0) } = options
  const outputsOf = (given: readonly Tensor[]): readonly Tensor[] => asList(fn(given))
  if (order === 2) {
    const derivative: Differentiable = (given) => pulled(outputsOf, given, foldIn(key, 1))
    return gradcheck(derivative, inputs, {
      ...options,
      name: `the derivative of ${name}`,
      order: 1,
      key: foldIn(key, 2),
    })
  }
  const results: GradcheckResult[] = []
  const gradients = await valuesOf(inputs[0]!.backend, () => pulled(outputsOf, inputs, key))
  for (const input of inputs.keys()) {
    for (let direction = 0; direction < directions; direction++) {
      const along = { input, direction, key: foldIn(foldIn(key, 3 + input), direction) }
      const result = await compare(outputsOf, inputs, gradients[input]!, { ...options, ...along, cotangentKey: key })
      results.push(result)
      // Written so that NaN is an error too.
      if (Math.abs(result.analytic - result.numeric) <= result.allowed) continue
      const { analytic, numeric, allowed } = result
      throw new GradcheckError(
        `gradcheck: ${name}, input ${input}, direction ${direction}: the derivative gives ${analytic}, differences ` +
          `${numeric}; allowed to differ by ${allowed.toExponential(2)}`,
        result,
      )
    }
  }
  return results
}

interface Along extends GradcheckOptions {
  readonly input: number
  readonly direction: number
  readonly key: Key
  readonly cotangentKey: Key
}

async function compare(
  fn: (inputs: readonly Tensor[]) => readonly Tensor[],
  inputs: readonly Tensor[],
  gradient: Float64Array,
  { input, direction, key, cotangentKey, step = 2 ** -5, tolerance = 1e-3, noise = 2 ** -22 }: Along,
): Promise<GradcheckResult> {
  const { backend, size } = inputs[input]!
  const [x, v] = (await valuesOf(backend, () => [inputs[input]!, normal(key, [size])])) as [Float64Array, Float64Array]
  const h = step * (Math.sqrt(x.reduce((sum, each) => sum + each * each, 0) / x.length) || 1)
  const result = { analytic: 0, numeric: 0, terms: 0, outputs: 0 }
  for (const [points, weight] of [
    [1, 8 / 12],
    [2, -1 / 12],
  ] as const) {
    const ends = [1, -1].map((side) => Float32Array.from(x, (each, i) => each + side * points * h * v[i]!))
    const change = await difference(fn, inputs, input, ends, cotangentKey)
    result.numeric += (weight * change.total) / h
    result.outputs = Math.max(result.outputs, change.size)
    for (const [i, g] of gradient.entries()) {
      const moved = (weight * (ends[0]![i]! - ends[1]![i]!)) / h
      result.analytic += g * moved
      result.terms += Math.abs(g * moved)
    }
  }
  const { analytic, numeric, terms, outputs } = result
  return { input, direction, analytic, numeric, allowed: tolerance * terms + (noise * outputs) / h }
}

/** Σ u · (f at one end - f at the other), and Σ |u · f|, u the cotangents. */
async function difference(
  fn: (inputs: readonly Tensor[]) => readonly Tensor[],
  inputs: readonly Tensor[],
  moving: number,
  ends: readonly Float32Array[],
  key: Key,
): Promise<{ total: number; size: number }> {
  const { backend, shape } = inputs[moving]!
  const values = await valuesOf(backend, () => {
    const [after, before] = ends.map((end) => fn(inputs.with(moving, tensor(end, { shape })))) as [Tensor[], Tensor[]]
    const changes = after.map((output, place) => sub(output, before[place]!))
    return [...changes, ...after, ...cotangentsFor(after, key)]
  })
  const count = values.length / 3
  let [total, size] = [0, 0]
  for (let k = 0; k < count; k++) {
    const u = values[2 * count + k]!
    total += u.reduce((sum, each, i) => sum + each * values[k]![i]!, 0)
    size += u.reduce((sum, each, i) => sum + Math.abs(each * values[count + k]![i]!), 0)
  }
  return { total, size }
}

/** The gradients of Σ u · f, u random. */
function pulled(
  fn: (inputs: readonly Tensor[]) => readonly Tensor[],
  inputs: readonly Tensor[],
  key: Key,
): readonly Tensor[] {
  using pullback = vjp(fn, inputs)
  return pullback.pull(cotangentsFor(pullback.outputs, key))
}

function cotangentsFor(outputs: readonly Tensor[], key: Key): Tensor[] {
  return outputs.map(({ shape }, place) => normal(foldIn(foldIn(key, 0), place), shape))
}

function asList(made: Tensor | readonly Tensor[]): readonly Tensor[] {
  return made instanceof Tensor ? [made] : made
}

/** The values of what a function makes, all of which is freed. */
async function valuesOf(backend: Backend, make: () => readonly Tensor[]): Promise<Float64Array[]> {
  const made = withBackend(backend, () => {
    using inner = scope()
    return inner.keep(make().map((each) => each.handle()))
  })
  const values = await Promise.all(made.map(async (each) => Float64Array.from(await each.data())))
  for (const each of made) each.dispose()
  return values
}
