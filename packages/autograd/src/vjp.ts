import {
  add,
  cast,
  cos,
  div,
  equal,
  exp,
  expand,
  gather,
  less,
  matmul,
  max,
  min,
  mul,
  neg,
  type Primitive,
  type Primitives,
  pad,
  permute,
  reshape,
  scatterAdd,
  sin,
  slice,
  sub,
  sum,
  type Tensor,
  where,
} from '@tlc/tensor'
import { constant, fromInput, fromInputs, fromOutput, linear, perInput, type Remembered, type Rule } from './rule.ts'

/**
 * The derivative of every primitive: for each input, its cotangent from g, the cotangent of the output. The tape sums
 * over broadcast axes, and casts, so no rule mentions them. Bool and integer tensors carry no gradient.
 */
export const derivatives: { readonly [P in Primitive]: Rule<Primitives[P]> | typeof constant } = {
  neg: perInput(linear(neg)),
  exp: perInput(fromOutput(mul)),
  log: perInput(fromInput(0, div)),
  sqrt: perInput(fromOutput((g, y) => div(g, mul(y, 2)))),
  sin: perInput(fromInput(0, (g, x) => mul(g, cos(x)))),
  cos: perInput(fromInput(0, (g, x) => neg(mul(g, sin(x))))),
  tanh: perInput(fromOutput((g, y) => mul(g, sub(1, mul(y, y))))),
  erf: perInput(fromInput(0, (g, x) => mul(g, mul(exp(neg(mul(x, x))), 2 / Math.sqrt(Math.PI))))),
  round: constant,
  // The tape brings it to the type of the input's.
  cast: perInput(linear((g) => g)),
  add: perInput(linear((g) => g)),
  sub: perInput(
    linear((g) => g),
    linear(neg),
  ),
  mul: perInput(fromInput(1, mul), fromInput(0, mul)),
  div: perInput(
    fromInput(1, div),
    fromInputs(2, (g, a, b) => neg(mul(g, div(div(a!, b!), b!)))),
  ),
  max: perInput(
    fromInputs(2, (g, a, b) => mul(g, shareOfMax(a!, b!))),
    fromInputs(2, (g, a, b) => mul(g, shareOfMax(b!, a!))),
  ),
  less: constant,
  equal: constant,
  where: perInput(
    undefined,
    fromInput(0, (g, condition) => where(condition, g, 0)),
    fromInput(0, (g, condition) => where(condition, 0, g)),
  ),
  sum: perInput(linear((g, call) => expand(unreduced(g, call), call.inputs[0]!.shape))),
  maxOver: perInput({
    inputs: [0],
    outputs: [0],
    pull(g, call) {
      const largest = cast(equal(call.inputs[0]!, unreduced(call.outputs[0]!, call)), g.dtype)
      const share = div(unreduced(g, call), sum(largest, { axis: call.parameters.axes, keepDims: true }))
      return mul(largest, share)
    },
  }),
  matmul: perInput(
    fromInput(1, (g, b, { parameters: { transposeA, transposeB } }) =>
      transposeA
        ? matmul(b, g, { transposeA: transposeB, transposeB: true })
        : matmul(g, b, { transposeB: !transposeB }),
    ),
    fromInput(0, (g, a, { parameters: { transposeA, transposeB } }) =>
      transposeB
        ? matmul(g, a, { transposeA: true, transposeB: transposeA })
        : matmul(a, g, { transposeA: !transposeA }),
    ),
  ),
  reshape: perInput(linear((g, { inputs }) => reshape(g, inputs[0]!.shape))),
  permute: perInput(
    linear((g, { parameters: { axes } }) =>
      permute(
        g,
        axes.map((_, axis) => axes.indexOf(axis)),
      ),
    ),
  ),
  expand: perInput(linear((g) => g)),
  pad: perInput(
    linear((g, { inputs, parameters: { before } }) =>
      slice(
        g,
        before,
        before.map((width, axis) => width + inputs[0]!.shape[axis]!),
      ),
    ),
  ),
  slice: perInput(
    linear((g, { inputs, parameters: { start, end } }) =>
      pad(g, { before: start, after: end.map((place, axis) => inputs[0]!.shape[axis]! - place) }),
    ),
  ),
  concat: perInput(
    linear((g, { inputs, parameters: { axis } }, input) => {
      const first = inputs.slice(0, input).reduce((place, x) => place + x.shape[axis]!, 0)
      const start = g.shape.map((_, other) => (other === axis ? first : 0))
      return slice(g, start, g.shape.with(axis, first + inputs[input]!.shape[axis]!))
    }),
  ),
  gather: perInput({
    inputs: [1],
    outputs: [],
    pull(g, { inputs: [x, ids], parameters: { axis } }) {
      const size = x!.shape[axis]!
      return scatterAdd(g, min(max(ids!, 0), size - 1), { axis, size })
    },
  }),
  scatterAdd: perInput(
    fromInput(1, (g, ids, { parameters: { axis } }) => {
      // Ids outside 0..size-1 were ignored: a place of zeros at either end is what they gather.
      const border = g.shape.map((_, other) => Number(other === axis))
      return gather(pad(g, { before: border, after: border }), add(ids, 1), { axis })
    }),
  ),
  randomBits: constant,
}

/** How much of the gradient of max(a, b) goes to a: 1 where it is larger, 1/2 where they are equal. */
function shareOfMax(a: Tensor, b: Tensor): Tensor {
  const smaller = cast(less(a, b), a.dtype)
  return sub(1, add(smaller, mul(cast(equal(a, b), a.dtype), 0.5)))
}

/** A result of a reduction with the reduced axes back, of size 1. */
function unreduced(
  y: Tensor,
  { inputs, parameters: { axes } }: Remembered<{ readonly axes: readonly number[] }>,
): Tensor {
  return reshape(
    y,
    inputs[0]!.shape.map((length, axis) => (axes.includes(axis) ? 1 : length)),
  )
}
