import { disposeModule, namedParameters } from '@tlc/nn'
import {
  apply,
  type Backend,
  type Composites,
  composites,
  key,
  openBackend,
  reshape,
  type Shape,
  sizeOf,
  slice,
  type Tensor,
  tensor,
  withBackend,
  zeros,
} from '@tlc/tensor'
import { RobertaForMaskedLM } from '@tlc/transformer'
import { type Case, type HostTensor, numbers, type Results } from '../case.ts'
import { type BenchmarkedModel, configOf, parameterCount } from '../models.ts'
import { compare, inFloat64 } from './composite.ts'
import { copyCase } from './copy.ts'

export type AdamWParameters = Composites['adamwStep']

/** p, g, m and v are read, p, m and v written. */
const movedPerParameter = 7 * 4

/** The optimizer's update of every parameter of a model, in one call, in place. */
export function adamwCase(model: BenchmarkedModel): readonly Case[] {
  const count = parameterCount(model)
  const row = `adamwStep of ${count} parameters`
  const shapes = () => shapesOf(model)
  return [
    {
      row,
      column: 'forward',
      work: movedPerParameter * count,
      call: {
        op: 'adamwStep',
        async make() {
          const state = hostState(await shapes())
          return { parameters: settingsOf(state[1].length), inputs: state.flat() }
        },
      },
      async prepare(backend) {
        const state = onBackend(hostState(await shapes()), backend)
        return {
          async results() {
            const updated = update(state).map(endOf)
            const results = await Promise.all(updated.map((each) => each.data()))
            for (const each of updated) each.dispose()
            return results as Results
          },
          run: () => void update(state),
          [Symbol.dispose]() {
            for (const each of state.flat()) each.dispose()
          },
        }
      },
      async verifier() {
        const ends = hostState(await shapes()).map((tensors) => tensors.map(endOfHost)) as unknown as State<HostTensor>
        const expected = await inFloat64((backend) => update(onBackend(ends, backend), false))
        return (results) => ({ ...compare(results, expected), tolerance: 2 ** -20 })
      },
    },
    copyCase(row, movedPerParameter * count),
  ]
}

/** The scale, then p, g, m and v of every parameter. */
type State<T> = readonly [scale: readonly T[], p: readonly T[], g: readonly T[], m: readonly T[], v: readonly T[]]

async function shapesOf(model: BenchmarkedModel): Promise<readonly Shape[]> {
  const backend = await openBackend('reference')
  const shapes = withBackend(backend, () => {
    const options = { config: configOf(model), key: key(1), initialize: (_: unknown, shape: Shape) => zeros(shape) }
    const network = new RobertaForMaskedLM(options)
    const found = [...namedParameters(network).values()].map(({ stored }) => stored.shape)
    disposeModule(network)
    return found
  })
  await backend.close()
  return shapes
}

function hostState(shapes: readonly Shape[]): State<HostTensor> {
  const draw = (seed: number, change: (x: number) => number = (x) => x) =>
    shapes.map((shape) => ({ shape, data: numbers(sizeOf(shape), seed).map(change) }))
  return [[{ shape: [], data: Float32Array.of(0.5) }], draw(1), draw(2), draw(3), draw(4, Math.abs)]
}

function onBackend(state: State<HostTensor>, backend: Backend): State<Tensor> {
  return state.map((tensors) =>
    tensors.map(({ shape, data }) => tensor(data, { shape, backend })),
  ) as unknown as State<Tensor>
}

function settingsOf(parameters: number): AdamWParameters {
  const weightDecay = new Array<number>(parameters).fill(0.01)
  return { learningRate: 1e-3, beta1: 0.9, beta2: 0.98, epsilon: 1e-6, weightDecay, step: 10 }
}

function update(state: State<Tensor>, inPlace = true): readonly Tensor[] {
  const [, p, , m, v] = state
  return apply(composites.adamwStep, state.flat(), settingsOf(p.length), inPlace ? [...p, ...m, ...v] : undefined)
}

/** Every element is computed by itself, so the last of each tensor are compared. */
export const compared = 1024

function endOf(x: Tensor): Tensor {
  using flat = reshape(x, [x.size])
  return slice(flat, [Math.max(0, x.size - compared)], [x.size])
}

function endOfHost({ data }: HostTensor): HostTensor {
  const end = data.slice(-compared)
  return { shape: [end.length], data: end }
}
