import { ShapeError } from '../errors.ts'
import { cast, equal, mul, sub } from '../operations/elementwise.ts'
import { gather, scatterAdd } from '../operations/indexing.ts'
import { reshape } from '../operations/movement.ts'
import { checkDType, floatType } from '../rules.ts'
import { formatShape } from '../shape.ts'
import type { Composite } from './composite.ts'

export interface EmbeddingParameters {
  /** the row that gets no gradient; -1 for none */
  readonly paddingIndex: number
}

export interface EmbeddingGradParameters extends EmbeddingParameters {
  /** rows of the table */
  readonly rows: number
}

/** Rows of a table `[rows, size]` at ids i32 `[...]`: `[..., size]`. */
export const embedding: Composite<EmbeddingParameters> = {
  name: 'embedding',
  outputs([table, ids]) {
    const dtype = floatType('embedding', [table!], 'table')
    checkDType('embedding', ids!, ['i32'], 'ids')
    if (table!.shape.length !== 2) {
      throw new ShapeError(`embedding: the table is ${formatShape(table!.shape)}, expected [rows, size]`)
    }
    return [{ shape: [...ids!.shape, table!.shape[1]!], dtype }]
  },
  formula: ([table, ids]) => [gather(table!, ids!)],
}

/** dtable: each row of g = dy `[..., size]` added at its id (the second input), but not at the padding index. */
export const embeddingGrad: Composite<EmbeddingGradParameters> = {
  name: 'embeddingGrad',
  outputs([g], { rows }) {
    return [{ shape: [rows, g!.shape.at(-1)!], dtype: floatType('embeddingGrad', [g!]) }]
  },
  formula([g, ids], { rows, paddingIndex }) {
    const counts = sub(1, cast(equal(ids!, paddingIndex), 'f32'))
    return [scatterAdd(mul(g!, reshape(counts, [...ids!.shape, 1])), ids!, { size: rows })]
  },
}
