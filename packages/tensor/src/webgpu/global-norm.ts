import type { FusedKernels } from '../backend.ts'
import type { Machine } from './machine.ts'
import type { Program } from './program.ts'
import { flat, flatIndex, flatSize } from './wgsl/index.ts'

/** Vectors that one invocation squares and adds, if there are many invocations. */
const vectorsEach = 16

/** Sums of one tensor, at most. */
const mostSums = 1024

/** Each invocation takes every `count`-th vector; the last one of a tensor may be incomplete. */
const sumsOfSquares: Program = {
  key: 'sums of squares',
  source: () => ({
    bindings: [
      { name: 'x', element: 'vec4f' },
      { name: 'sums', element: 'f32', written: true },
    ],
    parameters: { count: 'u32', first: 'u32', size: 'u32' },
    workgroup: [flatSize],
    body: `${flatIndex}  var total = vec4f(0.0);
  let whole = parameters.size / 4u;
  for (var i = index; i < whole; i += parameters.count) { total += x[i] * x[i]; }
  if (parameters.size % 4u > 0u && whole % parameters.count == index) {
    let inside = vec4u(0u, 1u, 2u, 3u) < vec4u(parameters.size % 4u);
    let rest = select(vec4f(0.0), x[whole], inside);
    total += rest * rest;
  }
  sums[parameters.first + index] = (total.x + total.y) + (total.z + total.w);`,
  }),
}

const size = 64

const rootOfSum: Program = {
  key: 'root of sum',
  source: () => ({
    bindings: [
      { name: 'sums', element: 'f32' },
      { name: 'y', element: 'f32', written: true },
    ],
    parameters: { count: 'u32' },
    workgroup: [size],
    declarations: `var<workgroup> partial: array<f32, ${size}>;`,
    body: `  var total = 0.0;
  for (var i = lane; i < parameters.count; i += ${size}u) { total += sums[i]; }
  partial[lane] = total;
  for (var half = ${size / 2}u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { partial[lane] += partial[lane + half]; }
  }
  if (lane == 0u) { y[0] = sqrt(partial[0]); }`,
  }),
}

export function globalNorm(machine: Machine): Pick<FusedKernels, 'globalNorm'> {
  return {
    globalNorm: (inputs, _, [y]) => {
      const counts = inputs.map(({ size }) => Math.min(Math.ceil(size / (4 * vectorsEach)), mostSums))
      const sums = counts.reduce((total, count) => total + count, 0)
      machine.withScratch(4 * sums, (partial) => {
        let first = 0
        inputs.forEach((x, i) => {
          machine.run(sumsOfSquares, [x, partial], [counts[i]!, first, x.size], flat(counts[i]!))
          first += counts[i]!
        })
        machine.run(rootOfSum, [partial, y!], [sums], [1])
      })
    },
  }
}
