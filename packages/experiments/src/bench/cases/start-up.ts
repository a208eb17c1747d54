import { type Backend, matmul, openBackend, softmax, type Tensor, tensor } from '@tlc/tensor'
import { type Case, type Group, numbers } from '../case.ts'
import { inFloat64, largestError } from './composite.ts'

const side = 64

/** What it takes until there is a first result, in a process in which all was compiled before. */
export function startUpGroup(): Group {
  return {
    name: 'start-up',
    title:
      'Opening another backend in the process: an adapter, a device, what the backend finds out about it; then ' +
      `softmax of a product of [${side}, ${side}], computed and read, its programs compiled anew but for what the ` +
      'driver remembers; then closing',
    unit: 'ms',
    cases: [startUpCase('opening', false), startUpCase('first result', true)],
  }
}

function startUpCase(column: string, withResult: boolean): Case {
  return {
    row: 'openBackend',
    column,
    work: 1,
    withoutDevice: true,
    warmUp: 0,
    async prepare(backend) {
      const open = async (): Promise<ArrayLike<number>> => {
        const opened = await openBackend('webgpu', { powerPreference: 'high-performance' })
        const result = withResult ? await firstResult(opened) : []
        await opened.close()
        return result
      }
      return {
        results: async () => [withResult ? await open() : await firstResult(backend)],
        run: async () => void (await open()),
        [Symbol.dispose]: () => undefined,
      }
    },
    async verifier() {
      const [expected] = await inFloat64((backend) => [weights(backend)])
      // Products of 64 terms and exponentials leave some 10 · 2⁻²⁴.
      return ([result]) => ({ error: largestError(result!, expected!), tolerance: 2 ** -18 })
    },
  }
}

async function firstResult(backend: Backend): Promise<ArrayLike<number>> {
  using result = weights(backend)
  return await result.data()
}

function weights(backend: Backend): Tensor {
  const draw = (seed: number) => tensor(numbers(side * side, seed), { shape: [side, side], backend })
  using x = draw(1)
  using y = draw(2)
  using product = matmul(x, y)
  return softmax(product)
}
