import { linear, matmul, tensor } from '@tlc/tensor'
import { type Case, type Group, numbers } from '../case.ts'
import { type BenchmarkedModel, maskedCount } from '../models.ts'
import { checkProduct, type Layout, layouts, operationsOf, type ProductSize, shapesOf } from './product.ts'

interface Projection {
  readonly name: string
  /** tokens it is applied to */
  readonly tokens: number
  readonly inputs: number
  readonly outputs: number
}

/** y = x Wᵀ + b of every kind in a model, and the two products of its derivative. */
export function linearGroup(model: BenchmarkedModel): Group {
  return {
    name: 'linear',
    title: `Linear layers of ${model.name}: y = x Wᵀ + b, dx = g W, dW = gᵀ x`,
    unit: 'GFLOP/s',
    columns: passes.map(({ column }) => column),
    cases: projectionsOf(model).flatMap((projection) => passes.map((pass) => linearCase(projection, pass))),
  }
}

function projectionsOf(model: BenchmarkedModel): readonly Projection[] {
  const { hiddenSize, feedForwardSize, vocabularySize, maxLength } = model.sizes
  const tokens = model.batch * maxLength
  return [
    { name: 'attention projection', tokens, inputs: hiddenSize, outputs: hiddenSize },
    { name: 'feed-forward, first', tokens, inputs: hiddenSize, outputs: feedForwardSize },
    { name: 'feed-forward, second', tokens, inputs: feedForwardSize, outputs: hiddenSize },
    { name: 'decoder', tokens: maskedCount(model), inputs: hiddenSize, outputs: vocabularySize },
  ]
}

interface Pass {
  readonly column: string
  readonly layout: Layout
  readonly sizeOf: (projection: Projection) => ProductSize
  readonly hasBias: boolean
}

const passes: readonly Pass[] = [
  {
    column: 'forward',
    layout: 'NT',
    sizeOf: ({ tokens, inputs, outputs }) => ({ rows: tokens, inner: inputs, columns: outputs }),
    hasBias: true,
  },
  {
    column: 'dx',
    layout: 'NN',
    sizeOf: ({ tokens, inputs, outputs }) => ({ rows: tokens, inner: outputs, columns: inputs }),
    hasBias: false,
  },
  {
    column: 'dW',
    layout: 'TN',
    sizeOf: ({ tokens, inputs, outputs }) => ({ rows: outputs, inner: tokens, columns: inputs }),
    hasBias: false,
  },
]

function linearCase(projection: Projection, { column, layout, sizeOf, hasBias }: Pass): Case {
  const { name, tokens, inputs, outputs } = projection
  const size = sizeOf(projection)
  return {
    row: `${name} [${tokens}, ${inputs}] → ${outputs}`,
    column,
    work: operationsOf(size),
    async prepare(backend) {
      const shapes = shapesOf(size, layout)
      const [a, b, c] = [numbers(size.rows * size.inner, 1), numbers(size.inner * size.columns, 2), numbers(outputs, 3)]
      const x = tensor(a, { shape: shapes[0], backend })
      const y = tensor(b, { shape: shapes[1], backend })
      const bias = tensor(c, { backend })
      const run = () => (hasBias ? linear(x, y, bias) : matmul(x, y, layouts[layout]))
      using product = run()
      return {
        check: checkProduct(await product.data(), size, layout, [a, b], hasBias ? c : undefined),
        run: () => run().dispose(),
        [Symbol.dispose]() {
          for (const each of [x, y, bias]) each.dispose()
        },
      }
    },
  }
}
