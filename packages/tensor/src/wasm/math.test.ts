import { afterAll, describe, expect, test } from 'vitest'
import { builds, closeBackends, on } from '../../test/backends.ts'
import { tensor } from '../index.ts'
import { erf } from '../reference/erf.ts'

afterAll(closeBackends)

type Name = 'exp' | 'log' | 'sin' | 'cos' | 'tanh' | 'erf'

/**
 * The function in float64, and how far f32 may be from it: a little more than the largest error found among one in
 * seventeen of the 2³² (docs/performance.md).
 */
const functions: { readonly [N in Name]: { readonly truth: (x: number) => number; readonly ulps: number } } = {
  exp: { truth: Math.exp, ulps: 1.1 },
  log: { truth: Math.log, ulps: 1 },
  sin: { truth: Math.sin, ulps: 2.25 },
  cos: { truth: Math.cos, ulps: 2.25 },
  tanh: { truth: Math.tanh, ulps: 1.5 },
  erf: { truth: erf, ulps: 2 },
}

const names = Object.keys(functions) as Name[]

/** Floats from their bits: `count` of them, `step` apart, around or from a first. */
function fromBits(first: number, step: number, count: number): Float32Array {
  return new Float32Array(Uint32Array.from({ length: count }, (_, i) => first + i * step).buffer)
}

function bitsOf(x: number): number {
  return new Uint32Array(Float32Array.of(x).buffer)[0]!
}

/** Every kind of float, NaN and infinities among them: one of 65,521 of the 2³². */
const everyKind = fromBits(0, 65521, Math.floor(2 ** 32 / 65521))

/** Where the formulas change, results reach 0 or infinity, or nearly vanish. */
const corners = [
  0.625,
  0.8,
  1,
  2,
  10,
  88.72284,
  88.72283,
  -87.33654,
  -103.27893,
  -103.97208,
  -104.5,
  Math.SQRT1_2,
  Math.SQRT2,
  2 ** -126,
  2 ** -149,
  2 ** 24,
  3.4028235e38,
  3.9257,
  9.0109,
  ...[0.5, 1, 1.5, 2, 3, 1000, 1000.5, 5340353, 5340353.5].map((n) => n * Math.PI),
]
const nearCorners = corners.flatMap((x) => [x, -x]).flatMap((x) => [...fromBits(Math.max(bitsOf(x) - 200, 0), 1, 401)])

/** The distance of neighbouring f32 at a number. */
function ulpAt(x: number): number {
  return 2 ** (Math.max(Math.floor(Math.log2(Math.abs(x))), -126) - 23)
}

/** The error of the worst result, in ulp; results that are not finite must be exactly so. */
function worstError(inputs: Float32Array, results: ArrayLike<number>, truth: (x: number) => number): number {
  let worst = 0
  inputs.forEach((x, i) => {
    const is = results[i]!
    const should = truth(x)
    if (Object.is(is, Math.fround(should))) return
    if (!(Number.isFinite(is) && Number.isFinite(Math.fround(should)))) {
      // At the end of the range, one side may already be infinite.
      const largest = (2 - 2 ** -23) * 2 ** 127
      const [a, b] = [is, should].map((each) => Math.sign(each) * Math.min(Math.abs(each), largest + ulpAt(largest)))
      expect(Math.abs(a! - b!) / ulpAt(largest), `at ${x}: ${is}, expected ${should}`).toBeLessThanOrEqual(2)
      return
    }
    worst = Math.max(worst, Math.abs(is - should) / ulpAt(should || 2 ** -149))
  })
  return worst
}

describe.each(builds)('%s', (_, backend) => {
  test.each(names)('%s is within its error of float64 for floats of every kind', async (name) => {
    const { truth, ulps } = functions[name]
    for (const inputs of [everyKind, Float32Array.from(nearCorners)]) {
      const [results] = await on(backend, () => [tensor(inputs)[name]()])
      expect(worstError(inputs, results!, truth)).toBeLessThanOrEqual(ulps)
    }
  })

  test.each([
    ['exp', Number.NEGATIVE_INFINITY, 0],
    ['exp', Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    ['exp', -0, 1],
    ['exp', 1e-45, 1],
    ['exp', -103.3, 1.401298464324817e-45],
    ['exp', 89, Number.POSITIVE_INFINITY],
    ['log', 0, Number.NEGATIVE_INFINITY],
    ['log', -0, Number.NEGATIVE_INFINITY],
    ['log', 1, 0],
    ['log', -1, Number.NaN],
    ['log', Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    ['sin', -0, -0],
    ['sin', Number.POSITIVE_INFINITY, Number.NaN],
    ['cos', -0, 1],
    ['cos', Number.NEGATIVE_INFINITY, Number.NaN],
    ['tanh', -0, -0],
    ['tanh', Number.NEGATIVE_INFINITY, -1],
    ['tanh', 20, 1],
    ['erf', -0, -0],
    ['erf', Number.POSITIVE_INFINITY, 1],
    ['erf', -4, -1],
  ] as const)('%s(%d) is %d', async (name, x, y) => {
    const [results] = await on(backend, () => [tensor([x])[name]()])
    expect(results![0]).toBe(y)
  })

  test.each(names)('%s of NaN is NaN, whatever its bits', async (name) => {
    const inputs = Float32Array.from([...fromBits(0x7f800001, 104729, 60), ...fromBits(0xff800001, 104729, 60)])
    const [results] = await on(backend, () => [tensor(inputs)[name]()])
    expect(results!.every(Number.isNaN)).toBe(true)
  })
})

/** What each function gave when this was written, of floats of every kind: on another engine or machine it is the same. */
const digests: { readonly [N in Name]: string } = {
  exp: '464c55b4097661b4',
  log: '50a93331b262d100',
  sin: '32e4d1b6b5972455',
  cos: 'b2c9681abf606a71',
  tanh: 'b8cd86fa184a8ddd',
  erf: '8ed7bf42fb93a783',
}

test.each(names)('%s has the same bits everywhere in the strict build', async (name) => {
  const strict = builds.find(([build]) => build === 'strict')![1]
  const inputs = everyKind.filter((x) => !Number.isNaN(x))
  const [results] = await on(strict, () => [tensor(inputs)[name]()])
  // The bits of NaN are the engine's affair.
  const bits = new Uint32Array((results as Float32Array).map((x) => (Number.isNaN(x) ? 0 : x)).buffer)
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bits))
  expect(Array.from(digest.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('')).toBe(digests[name])
})
