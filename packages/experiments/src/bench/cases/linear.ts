import { sizeOf as elements, linear, matmul, tensor } from '@tlc/tensor'
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
  const shapes = [...shapesOf(size, layout), ...(hasBias ? [[outputs]] : [])]
  const operands = () => shapes.map((shape, place) => ({ shape, data: numbers(elements(shape), place + 1) }))
  return {
    row: `${name} [${tokens}, ${inputs}] → ${outputs}`,
    column,
    work: operationsOf(size),
    call: {
      op: hasBias ? 'linear' : 'matmul',
      make: async () => ({ parameters: layouts[layout], inputs: operands() }),
    },
    async prepare(backend) {
      const given = operands().map(({ shape, data }) => tensor(data, { shape, backend }))
      const [x, y, bias] = given
      const compute = () => (bias ? linear(x!, y!, bias) : matmul(x!, y!, layouts[layout]))
      return {
        async results() {
          using product = compute()
          return [await product.data()]
        },
        run: () => compute().dispose(),
        [Symbol.dispose]() {
          for (const each of given) each.dispose()
        },
      }
    },
    async verifier() {
      const [a, b, bias] = operands().map(({ data }) => data)
      return ([product]) => checkProduct(product!, size, layout, [a!, b!], bias)
    },
  }
}
