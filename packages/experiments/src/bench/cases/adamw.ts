import { disposeModule, namedParameters } from '@tlc/nn'
import {
  apply,
  type Backend,
  composites,
  key,
  reshape,
  type Shape,
  slice,
  type Tensor,
  tensor,
  withBackend,
} from '@tlc/tensor'
import { RobertaForMaskedLM } from '@tlc/transformer'
import { type Case, type Check, numbers } from '../case.ts'
import { type BenchmarkedModel, configOf, parameterCount } from '../models.ts'
import { inFloat64, largestError } from './composite.ts'
import { copyCase } from './copy.ts'

/** p, g, m and v are read, p, m and v written. */
const movedPerParameter = 7 * 4

/** The optimizer's update of every parameter of a model, in one call, in place. */
export function adamwCase(model: BenchmarkedModel): readonly Case[] {
  const count = parameterCount(model)
  const row = `adamwStep of ${count} parameters`
  return [
    {
      row,
      column: 'forward',
      work: movedPerParameter * count,
      async prepare(backend) {
        const state = stateOf(shapesOf(model, backend), backend)
        const check = await checkUpdate(state)
        return {
          check,
          run: () => void update(state),
          [Symbol.dispose]() {
            for (const each of state.flat()) each.dispose()
          },
        }
      },
    },
    copyCase(row, movedPerParameter * count),
  ]
}

/** The scale, then p, g, m and v of every parameter. */
type State = readonly [
  scale: readonly Tensor[],
  p: readonly Tensor[],
  g: readonly Tensor[],
  m: readonly Tensor[],
  v: readonly Tensor[],
]

function shapesOf(model: BenchmarkedModel, backend: Backend): readonly Shape[] {
  return withBackend(backend, () => {
    const made = new RobertaForMaskedLM({ config: configOf(model), key: key(1) })
    const shapes = [...namedParameters(made).values()].map(({ stored }) => stored.shape)
    disposeModule(made)
    return shapes
  })
}

function stateOf(shapes: readonly Shape[], backend: Backend): State {
  const draw = (seed: number, change: (x: number) => number) =>
    shapes.map((shape) => {
      const size = shape.reduce((product, length) => product * length, 1)
      return tensor(numbers(size, seed).map(change), { shape, backend })
    })
  return [
    [tensor(0.5, { backend })],
    draw(1, (x) => x),
    draw(2, (x) => x),
    draw(3, (x) => x),
    draw(4, (x) => Math.abs(x)),
  ]
}

function update(state: State, inPlace = true): readonly Tensor[] {
  const [, p, , m, v] = state
  const parameters = {
    learningRate: 1e-3,
    beta1: 0.9,
    beta2: 0.98,
    epsilon: 1e-6,
    weightDecay: p.map(() => 0.01),
    step: 10,
  }
  return apply(composites.adamwStep, state.flat(), parameters, inPlace ? [...p, ...m, ...v] : undefined)
}

/** Every element is computed by itself, so the last of each tensor are compared. */
const compared = 1024

async function checkUpdate(state: State): Promise<Check> {
  const ends = state.map((tensors) => tensors.map(end)) as unknown as State
  const expected = await inFloat64(ends.flat(), (inputs) => {
    const n = ends[1].length
    const group = (index: number) => inputs.slice(1 + index * n, 1 + (index + 1) * n)
    return update([inputs.slice(0, 1), group(0), group(1), group(2), group(3)], false)
  })
  const updated = update(state).map(end)
  const errors = await Promise.all(
    updated.map(async (each, place) => largestError(await each.data(), expected[place]!)),
  )
  for (const each of [...ends.flat(), ...updated]) each.dispose()
  return { error: Math.max(...errors), tolerance: 2 ** -20 }
}

function end(x: Tensor): Tensor {
  using flat = reshape(x, [x.size])
  return slice(flat, [Math.max(0, x.size - compared)], [x.size])
}
