import { valueAndGrad, vjp } from '@tlc/autograd'
import { add, type Backend, scope, type Tensor, tensor } from '@tlc/tensor'
import type { Case, Group } from '../case.ts'

const chain = 100

/** What an operation costs besides its work: additions of scalars, one after the other. */
export function dispatchGroup(): Group {
  return {
    name: 'dispatch',
    title: 'An addition of two scalars: what an operation costs besides its work',
    unit: 'µs',
    cases: Object.entries(ways).map(([column, way]) => dispatchCase(column, way)),
  }
}

/** 1 + 1 + … + 1, and its derivative where a way computes one. */
type Way = (one: Tensor) => Tensor

const ways: { readonly [column: string]: Way } = {
  'no tape': additions,
  recorded(one) {
    using pullback = vjp(([x]) => [additions(x)], [one] as const)
    return pullback.outputs[0]!
  },
  'recorded, unwound': (one) => valueAndGrad(([x]) => additions(x), [one] as const).gradients[0],
}

function additions(one: Tensor): Tensor {
  let sum = one
  for (let count = 0; count < chain; count++) sum = add(sum, one)
  return sum
}

function dispatchCase(column: string, way: Way): Case {
  return {
    row: 'add []',
    column,
    work: chain,
    // JavaScript is compiled several times as it gets hotter.
    warmUp: 500,
    async prepare(backend: Backend) {
      const one = tensor(1, { backend })
      return {
        async results() {
          using made = kept(way, one)
          return [await made.data()]
        },
        run() {
          using _inner = scope()
          way(one)
        },
        [Symbol.dispose]: () => one.dispose(),
      }
    },
    async verifier() {
      // The sum of the ones, and the derivative of 101 x, are both 101.
      return ([result]) => ({ error: Math.abs(result![0]! - (chain + 1)), tolerance: 0 })
    },
  }
}

function kept(way: Way, one: Tensor): Tensor {
  using inner = scope()
  return inner.keep(way(one))
}
