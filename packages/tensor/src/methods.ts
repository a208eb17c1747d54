import * as contraction from './operations/contraction.ts'
import * as elementwise from './operations/elementwise.ts'
import * as indexing from './operations/indexing.ts'
import * as movement from './operations/movement.ts'
import * as neural from './operations/neural.ts'
import * as reduction from './operations/reduction.ts'
import { Tensor } from './tensor.ts'

/** The functions whose first argument is a tensor, which are methods too. */
type Functions = Pick<
  typeof elementwise,
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
  | 'abs'
  | 'square'
  | 'relu'
  | 'sigmoid'
  | 'clamp'
  | 'sign'
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'max'
  | 'min'
  | 'less'
  | 'greater'
  | 'equal'
> &
  Pick<typeof reduction, 'sum' | 'maxOver' | 'minOver' | 'mean' | 'variance' | 'norm' | 'argMax'> &
  Pick<typeof movement, 'reshape' | 'permute' | 'transpose' | 'expand' | 'pad' | 'slice'> &
  Pick<typeof neural, 'softmax' | 'logSoftmax' | 'gelu'> &
  Pick<typeof contraction, 'matmul'> &
  Pick<typeof indexing, 'gather'>

type Method<F> = F extends (x: infer _, ...rest: infer Rest) => infer Result ? (...rest: Rest) => Result : never

/** `x.add(y)` is `add(x, y)`, and so on for every function here. */
export type Methods = { readonly [Name in keyof Functions]: Method<Functions[Name]> }

const {
  neg,
  exp,
  log,
  sqrt,
  sin,
  cos,
  tanh,
  erf,
  round,
  cast,
  abs,
  square,
  relu,
  sigmoid,
  clamp,
  sign,
  add,
  sub,
  mul,
  div,
  max,
  min,
  less,
  greater,
  equal,
} = elementwise
const { sum, maxOver, minOver, mean, variance, norm, argMax } = reduction
const { reshape, permute, transpose, expand, pad, slice } = movement
const { softmax, logSoftmax, gelu } = neural
const { matmul } = contraction
const { gather } = indexing

const functions: Functions = {
  neg,
  exp,
  log,
  sqrt,
  sin,
  cos,
  tanh,
  erf,
  round,
  cast,
  abs,
  square,
  relu,
  sigmoid,
  clamp,
  sign,
  add,
  sub,
  mul,
  div,
  max,
  min,
  less,
  greater,
  equal,
  sum,
  maxOver,
  minOver,
  mean,
  variance,
  norm,
  argMax,
  reshape,
  permute,
  transpose,
  expand,
  pad,
  slice,
  softmax,
  logSoftmax,
  gelu,
  matmul,
  gather,
}

for (const [name, fn] of Object.entries(functions) as [string, (x: Tensor, ...rest: unknown[]) => unknown][]) {
  Object.defineProperty(Tensor.prototype, name, {
    configurable: true,
    writable: true,
    value(this: Tensor, ...rest: unknown[]): unknown {
      return fn(this, ...rest)
    },
  })
}
