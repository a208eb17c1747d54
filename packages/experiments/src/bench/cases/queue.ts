import { add, type Backend, scope, tensor } from '@tlc/tensor'
import { type Case, type Group, numbers } from '../case.ts'

/** One more than are submitted at once: the last one has the others encoded and submitted, while the device has no work. */
const chain = 1025
/** More elements than TensorFlow.js adds on the host. */
const size = 4096

/** What an operation costs besides its work on a device that computes later. */
export function queueGroup(): Group {
  return {
    name: 'dispatch',
    title: `${chain} additions of ${size} numbers, one after the other, what one of them takes: time of the host until it has recorded, encoded and submitted them, and time until all are computed`,
    unit: 'µs',
    cases: [queueCase('submitted', true), queueCase('computed', false)],
  }
}

function queueCase(column: string, withoutDevice: boolean): Case {
  const operands = () => [numbers(size, 1), numbers(size, 2)] as const
  return {
    row: `add [${size}]`,
    column,
    work: chain,
    // JavaScript is compiled several times as it gets hotter.
    warmUp: 500,
    ...(withoutDevice
      ? { withoutDevice }
      : {
          call: {
            op: 'additions',
            make: async () => ({
              parameters: { chain },
              inputs: operands().map((data) => ({ shape: [size], data })),
            }),
          },
        }),
    async prepare(backend: Backend) {
      const [x, y] = operands().map((data) => tensor(data, { backend }))
      const additions = () => {
        using inner = scope()
        let sum = x!
        for (let count = 0; count < chain; count++) sum = add(sum, y!)
        return inner.keep(sum)
      }
      return {
        async results() {
          using sum = additions()
          return [await sum.data()]
        },
        run: () => additions().dispose(),
        [Symbol.dispose]() {
          x!.dispose()
          y!.dispose()
        },
      }
    },
    async verifier() {
      const [x, y] = operands()
      const expected = x.map((value, place) => {
        let sum = value
        for (let count = 0; count < chain; count++) sum = Math.fround(sum + y[place]!)
        return sum
      })
      // One order, and one rounding after each addition.
      return ([sum]) => ({ error: Number(expected.some((value, place) => value !== sum![place])), tolerance: 0 })
    },
  }
}
