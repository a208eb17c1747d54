import { paperGrid, type RobertaSizes, translationPresets } from '@tlc/transformer'
import { mini, small, tiny } from '../bench/models.ts'
import { UserError } from '../user-error.ts'

/** The sizes of a model that do not come from its texts. */
export type ModelShape = Pick<RobertaSizes, 'layers' | 'hiddenSize' | 'heads' | 'feedForwardSize'>

const paperSizes = [...paperGrid.depth, ...paperGrid.width]

/**
 * Shapes with a name: those of the benchmarks, the paper's by layers and hidden size, as `12Lx768H`, and the Transformer's
 * `base` and `big`, which have as many layers in the decoder.
 */
export const modelShapes: { readonly [name: string]: ModelShape } = Object.fromEntries([
  ...[tiny, small, mini].map(({ name, sizes }) => [name, shapeOf(sizes)]),
  ...Object.entries(translationPresets).map(([name, sizes]) => [
    name,
    shapeOf({ ...sizes, layers: sizes.encoderLayers }),
  ]),
  ...paperSizes.map((sizes) => [`${sizes.layers}Lx${sizes.hiddenSize}H`, shapeOf(sizes)]),
])

export interface ShapeOptions extends Partial<ModelShape> {
  /** a name of `modelShapes`; 'small' by default */
  readonly preset?: string | undefined
}

/**
 * A shape by name, with what is given in place of its own. A width without heads has heads of 64 features, or of 16 where
 * 64 do not divide it; without a feed-forward size, one four times as wide.
 *
 * @throws UserError for heads that do not divide the width
 */
export function modelShape({ preset = 'small', layers, hiddenSize, heads, feedForwardSize }: ShapeOptions): ModelShape {
  const named = modelShapes[preset]
  if (!named) throw new UserError(`no model is called ${preset}; there are ${Object.keys(modelShapes).join(', ')}`)
  const width = hiddenSize ?? named.hiddenSize
  const shape: ModelShape = {
    layers: layers ?? named.layers,
    hiddenSize: width,
    heads: heads ?? (hiddenSize === undefined ? named.heads : width / (width % 64 === 0 ? 64 : 16)),
    feedForwardSize: feedForwardSize ?? (hiddenSize === undefined ? named.feedForwardSize : 4 * width),
  }
  if (Number.isInteger(shape.heads) && width % shape.heads === 0) return shape
  throw new UserError(
    heads === undefined
      ? `a width of ${width} does not divide into heads of 64 or 16 features; give --heads, a number that divides ${width}`
      : `${heads} heads do not divide a width of ${width}; give a number of heads that does, or another --hidden-size`,
  )
}

function shapeOf({ layers, hiddenSize, heads, feedForwardSize }: ModelShape): ModelShape {
  return { layers, hiddenSize, heads, feedForwardSize }
}
