import type { RobertaSizes } from './config.ts'

/** Feed-forward networks are four times as wide, and heads 64 features, as in BERT and RoBERTa. */
function sized(layers: number, hiddenSize: number): RobertaSizes {
  return {
    layers,
    hiddenSize,
    heads: hiddenSize / 64,
    feedForwardSize: 4 * hiddenSize,
    vocabularySize: 50_265,
    maxLength: 512,
  }
}

/**
 * The models of the study, by layers and hidden size: depth varies at 768 features, width at 12 layers.
 *
 * @see Li et al. 2020, section 3; the grid is recalled, not verified against the text, and the length is RoBERTa's
 */
export const paperGrid: { readonly depth: readonly RobertaSizes[]; readonly width: readonly RobertaSizes[] } = {
  depth: [3, 6, 12, 18, 24].map((layers) => sized(layers, 768)),
  width: [256, 512, 768, 1024, 1536].map((hiddenSize) => sized(12, hiddenSize)),
}
