import type { TranslationSizes } from './config.ts'

/** The models of the paper. */
function published(hiddenSize: number, heads: number): TranslationSizes {
  return {
    encoderLayers: 6,
    decoderLayers: 6,
    hiddenSize,
    heads,
    feedForwardSize: 4 * hiddenSize,
    vocabularySize: 32_000,
    maxLength: 1024,
  }
}

/**
 * The base and the big model. The 32,000 entries are those of the paper's English-French table; the length, which the
 * paper leaves open, is fairseq's.
 *
 * @see Vaswani et al. 2017, table 3 and section 5.1
 */
export const translationPresets: { readonly [name in 'base' | 'big']: TranslationSizes } = {
  base: published(512, 8),
  big: published(1024, 16),
}

/** As many layers in the decoder as in the encoder, heads of 32 features, feed-forward networks four times as wide. */
function scaled(layers: number, hiddenSize: number): TranslationSizes {
  return {
    encoderLayers: layers,
    decoderLayers: layers,
    hiddenSize,
    heads: hiddenSize / 32,
    feedForwardSize: 4 * hiddenSize,
    vocabularySize: 8192,
    maxLength: 128,
  }
}

/**
 * The paper's comparison at a size for minutes: 2 + 2 layers of 64 features, then wider, narrower, deeper and shallower.
 * Weights of the layers are 28 L H²: 57 thousand to 3.7 million. 1 + 1 layers of 128 features have as many as 4 + 4 of
 * 64, which separates width from size.
 *
 * @see Li et al. 2020, section 3, for the comparison of widths and depths in translation
 */
export const translationGrid: {
  readonly [name in 'base' | 'wide' | 'wider' | 'narrow' | 'deep' | 'shallow' | 'shallowWide']: TranslationSizes
} = {
  base: scaled(2, 64),
  wide: scaled(2, 128),
  wider: scaled(2, 256),
  narrow: scaled(2, 32),
  deep: scaled(4, 64),
  shallow: scaled(1, 64),
  shallowWide: scaled(1, 128),
}
