import type { FusedKernels } from '../../backend.ts'
import type { Program } from '../device/program.ts'
import type { Machine } from '../machine.ts'
import { flat, flatIndex, flatSize } from '../wgsl/index.ts'

/** Vectors that one invocation squares and adds, if there are many invocations. */
const vectorsEach = 16

/** Sums of one tensor, at most. */
const mostSums = 1024

/** Tensors of one dispatch: with their sums they are the eight buffers that every device binds. */
const places = [0, 1, 2, 3, 4, 5, 6]

function forEach(text: (i: number) => string): string {
  return places.map(text).join('\n')
}

/** Each invocation takes every `count`-th vector of a tensor; the last one may be incomplete. */
const sumsOfSquares: Program = {
  key: 'sums of squares',
  source: () => ({
    bindings: [
      ...places.map((i) => ({ name: `x${i}`, element: 'vec4f' })),
      { name: 'sums', element: 'f32', written: true },
    ],
    parameters: {
      count: 'u32',
      first: 'u32',
      ...Object.fromEntries(places.map((i) => [`size${i}`, 'u32' as const])),
      ...Object.fromEntries(places.map((i) => [`count${i}`, 'u32' as const])),
    },
    workgroup: [flatSize],
    declarations: `
fn squaresOfRest(four: vec4f, size: u32) -> vec4f {
  let rest = select(vec4f(0.0), four, vec4u(0u, 1u, 2u, 3u) < vec4u(size % 4u));
  return rest * rest;
}`,
    body: `${flatIndex}  var place = index;
  var total = vec4f(0.0);
${forEach(
  (i) => `  if (place < parameters.count${i}) {
    let whole = parameters.size${i} / 4u;
    for (var v = place; v < whole; v += parameters.count${i}) { total += x${i}[v] * x${i}[v]; }
    if (parameters.size${i} % 4u > 0u && whole % parameters.count${i} == place) {
      total += squaresOfRest(x${i}[whole], parameters.size${i});
    }
  }
  place -= parameters.count${i};`,
)}
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
      const sums = total(counts)
      machine.withScratch(4 * sums, (partial) => {
        let first = 0
        for (let i = 0; i < inputs.length; i += places.length) {
          // What is missing in the last dispatch is a tensor of which nothing is taken.
          const some = places.map((k) => inputs[i + k] ?? inputs[i]!)
          const own = places.map((k) => counts[i + k] ?? 0)
          const count = total(own)
          machine.run(
            sumsOfSquares,
            [...some, partial],
            [count, first, ...some.map(({ size }) => size), ...own],
            flat(count),
          )
          first += count
        }
        machine.run(rootOfSum, [partial, y!], [sums], [1])
      })
    },
  }
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0)
}
