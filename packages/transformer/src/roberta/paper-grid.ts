import type { RobertaSizes } from './config.ts'

/** Models of a study: depth varies at one width, width at one depth. */
export interface ModelGrid {
  readonly depth: readonly RobertaSizes[]
  readonly width: readonly RobertaSizes[]
}

interface GridOptions {
  readonly layers: readonly number[]
  /** the width at which depth varies, in features */
  readonly atWidth: number
  readonly widths: readonly number[]
  /** the depth at which width varies, in layers */
  readonly atDepth: number
  /** features of a head */
  readonly headSize: number
  readonly vocabularySize: number
  readonly maxLength: number
}

/** Feed-forward networks are four times as wide as the model, as in BERT and RoBERTa; all heads have one size. */
function grid(options: GridOptions): ModelGrid {
  const { layers, atWidth, widths, atDepth, headSize, vocabularySize, maxLength } = options
  const sized = (depth: number, hiddenSize: number): RobertaSizes => ({
    layers: depth,
    hiddenSize,
    heads: hiddenSize / headSize,
    feedForwardSize: 4 * hiddenSize,
    vocabularySize,
    maxLength,
  })
  return {
    depth: layers.map((depth) => sized(depth, atWidth)),
    width: widths.map((width) => sized(atDepth, width)),
  }
}

/**
 * The models of the study, by layers and hidden size: depth varies at 768 features, width at 12 layers.
 *
 * @see Li et al. 2020, section 3; the grid is recalled, not verified against the text, and the length is RoBERTa's
 */
export const paperGrid: ModelGrid = grid({
  layers: [3, 6, 12, 18, 24],
  atWidth: 768,
  widths: [256, 512, 768, 1024, 1536],
  atDepth: 12,
  headSize: 64,
  vocabularySize: 50_265,
  maxLength: 512,
})

/** How large the scaled-down studies are: seconds, minutes, or hours of two processor cores. */
export type Tier = 'smoke' | 'S' | 'M'

/**
 * The study scaled down, with the paper's ratios: depths of 1/4, 1/2, 1, 3/2 and 2, widths of 1/3, 2/3, 1, 4/3 and 2 times
 * those of the base model; half as many heads. The smoke tier has two ratios less, and heads and vocabulary of tier S.
 *
 * @see Li et al. 2020, section 3, for the ratios; the sizes are this project's own
 */
export const scaledGrids: { readonly [T in Tier]: ModelGrid } = {
  smoke: grid({
    layers: [1, 2, 4],
    atWidth: 32,
    widths: [16, 32, 64],
    atDepth: 2,
    headSize: 8,
    vocabularySize: 256,
    maxLength: 16,
  }),
  S: grid({
    layers: [1, 2, 4, 6, 8],
    atWidth: 48,
    widths: [16, 32, 48, 64, 96],
    atDepth: 4,
    headSize: 8,
    vocabularySize: 256,
    maxLength: 32,
  }),
  M: grid({
    layers: [1, 2, 4, 6, 8],
    atWidth: 96,
    widths: [32, 64, 96, 128, 192],
    atDepth: 4,
    headSize: 16,
    vocabularySize: 512,
    maxLength: 64,
  }),
}
