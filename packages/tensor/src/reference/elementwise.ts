import type { Kernel, Kernels } from '../backend.ts'
import type { DType } from '../dtype.ts'
import { decoders, encodeBfloat16, encodeFloat16 } from '../float16.ts'
import type { NoParameters } from '../primitives.ts'
import { roundHalfToEven } from '../round.ts'
import { erf } from './erf.ts'
import { elements } from './memory.ts'
import { broadcastIndices } from './walk.ts'

function unary(fn: (x: number) => number): Kernel<NoParameters> {
  return ([x], _, [y]) => {
    const input = elements(x!)
    const output = elements(y!)
    for (let i = 0; i < output.length; i++) output[i] = fn(input[i]!)
  }
}

type Pair = (a: number, b: number) => number

/** f32 by one function; i32 and u32, whose products and quotients differ, by another. */
function binary(float: Pair, integer: Pair = float): Kernel<NoParameters> {
  return ([a, b], _, [y]) => {
    const left = elements(a!)
    const right = elements(b!)
    const output = elements(y!)
    const fn = a!.dtype === 'f32' ? float : integer
    const rightIndices = broadcastIndices(b!.shape, y!.shape)
    let i = 0
    for (const l of broadcastIndices(a!.shape, y!.shape)) output[i++] = fn(left[l]!, right[rightIndices.next().value!]!)
  }
}

/** How a number becomes a stored element. Integers saturate; NaN becomes 0. */
const encode: { readonly [D in DType]: (value: number) => number } = {
  f32: (x) => x,
  f16: encodeFloat16,
  bf16: encodeBfloat16,
  bool: (x) => Number(x !== 0),
  i32: saturate(-(2 ** 31), 2 ** 31 - 1),
  u32: saturate(0, 2 ** 32 - 1),
  i8: saturate(-128, 127),
  u8: saturate(0, 255),
}

function saturate(low: number, high: number): (x: number) => number {
  return (x) => (Number.isNaN(x) ? 0 : Math.min(Math.max(Math.trunc(x), low), high))
}

export const elementwise: Pick<
  Kernels,
  | 'neg'
  | 'exp'
  | 'log'
  | 'sqrt'
  | 'sin'
  | 'cos'
  | 'tanh'
  | 'erf'
  | 'round'
  | 'cast'
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'max'
  | 'less'
  | 'equal'
  | 'where'
> = {
  neg: unary((x) => -x),
  exp: unary(Math.exp),
  log: unary(Math.log),
  sqrt: unary(Math.sqrt),
  sin: unary(Math.sin),
  cos: unary(Math.cos),
  tanh: unary(Math.tanh),
  erf: unary(erf),
  round: unary(roundHalfToEven),
  cast: ([x], { dtype }, [y]) => {
    const input = elements(x!)
    const output = elements(y!)
    const from = decoders[x!.dtype] ?? ((bits: number) => bits)
    const to = encode[dtype]
    for (let i = 0; i < output.length; i++) output[i] = to(from(input[i]!))
  },
  add: binary((a, b) => a + b),
  sub: binary((a, b) => a - b),
  mul: binary((a, b) => a * b, Math.imul),
  div: binary(
    (a, b) => a / b,
    (a, b) => (b === 0 ? 0 : Math.trunc(a / b)),
  ),
  max: binary(Math.max),
  less: binary((a, b) => Number(a < b)),
  equal: binary((a, b) => Number(a === b)),
  where: ([condition, a, b], _, [y]) => {
    const [holds, yes, no, output] = [elements(condition!), elements(a!), elements(b!), elements(y!)]
    const yesIndices = broadcastIndices(a!.shape, y!.shape)
    const noIndices = broadcastIndices(b!.shape, y!.shape)
    let i = 0
    for (const c of broadcastIndices(condition!.shape, y!.shape)) {
      const left = yes[yesIndices.next().value!]!
      const right = no[noIndices.next().value!]!
      output[i++] = holds[c] ? left : right
    }
  },
}
