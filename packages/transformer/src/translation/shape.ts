import type { TranslationConfig } from './config.ts'

/** The sizes of one layer of the encoder. */
export interface EncoderLayerShape {
  /** of self-attention */
  readonly heads: number
  readonly feedForwardSize: number
}

/** The sizes of one layer of the decoder. */
export interface DecoderLayerShape extends EncoderLayerShape {
  /** of attention to the source */
  readonly sourceHeads: number
}

/** The sizes of each layer of the encoder. */
export function encoderShapes(config: TranslationConfig): readonly EncoderLayerShape[] {
  const { encoderLayers: length, heads, feedForwardSize } = config
  return config.encoderShapes ?? Array.from({ length }, () => ({ heads, feedForwardSize }))
}

/** The sizes of each layer of the decoder. */
export function decoderShapes(config: TranslationConfig): readonly DecoderLayerShape[] {
  const { decoderLayers: length, heads, feedForwardSize } = config
  return config.decoderShapes ?? Array.from({ length }, () => ({ heads, sourceHeads: heads, feedForwardSize }))
}

/** The configuration by which a model would be made whose layers have these sizes. Entries that say nothing are left out. */
export function reshapedConfig(
  config: TranslationConfig,
  encoder: readonly EncoderLayerShape[],
  decoder: readonly DecoderLayerShape[],
): TranslationConfig {
  const { encoderShapes: _, decoderShapes: __, ...base } = config
  const { heads, feedForwardSize } = config
  const usual = (shape: EncoderLayerShape & Partial<DecoderLayerShape>): boolean =>
    shape.heads === heads && (shape.sourceHeads ?? heads) === heads && shape.feedForwardSize === feedForwardSize
  return {
    ...base,
    encoderLayers: encoder.length,
    decoderLayers: decoder.length,
    ...(!encoder.every(usual) && { encoderShapes: encoder }),
    ...(!decoder.every(usual) && { decoderShapes: decoder }),
  }
}
