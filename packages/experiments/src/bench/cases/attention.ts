import { apply, composites, type Tensor, tensor } from '@tlc/tensor'
import { type Group, numbers } from '../case.ts'
import type { BenchmarkedModel } from '../models.ts'
import { compositeCase } from './composite.ts'

/** softmax(q kᵀ) v of a layer, and its derivative: 2 and 5 products of two matrices for each head. */
export function attentionGroup(model: BenchmarkedModel): Group {
  const { batch, sizes } = model
  const { heads, hiddenSize, maxLength } = sizes
  const shape = [batch, heads, maxLength, hiddenSize / heads]
  const row = `[${shape.join(', ')}]`
  const product = 2 * batch * maxLength ** 2 * hiddenSize
  const parameters = { scale: 1 / Math.sqrt(hiddenSize / heads) }
  const draw = (seed: number): Tensor => tensor(numbers(batch * maxLength * hiddenSize, seed), { shape })
  return {
    name: 'attention',
    title: `Attention of a layer of ${model.name}, [batch, heads, length, features]: operations of its products only`,
    unit: 'GFLOP/s',
    cases: [
      compositeCase({
        row,
        column: 'forward',
        op: composites.attention,
        parameters,
        work: 2 * product,
        inputs: () => [draw(1), draw(2), draw(3)],
      }),
      compositeCase({
        row,
        column: 'backward',
        op: composites.attentionGrad,
        parameters,
        work: 5 * product,
        inputs() {
          const [q, k, v, g] = [draw(1), draw(2), draw(3), draw(4)]
          return [q, k, v, ...apply(composites.attention, [q, k, v], parameters), g]
        },
      }),
    ],
  }
}
