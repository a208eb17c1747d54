import type { RobertaConfig } from './config.ts'

/** The sizes of one layer. */
export interface LayerShape {
  /** its heads, by the numbers that they had before any was removed */
  readonly headNumbers: readonly number[]
  readonly feedForwardSize: number
}

/** Features of a head, which stay when heads or hidden features are removed. */
export function headSizeOf({ hiddenSize, originalHiddenSize = hiddenSize, heads }: RobertaConfig): number {
  return originalHiddenSize / heads
}

/** The sizes of each layer, the first one first. */
export function layerShapes(config: RobertaConfig): readonly LayerShape[] {
  const { layers, heads, prunedHeads, feedForwardSize, feedForwardSizes } = config
  const numbers = Array.from({ length: heads }, (_, head) => head)
  return Array.from({ length: layers }, (_, layer) => ({
    headNumbers: numbers.filter((head) => !prunedHeads?.[layer]?.includes(head)),
    feedForwardSize: feedForwardSizes?.[layer] ?? feedForwardSize,
  }))
}

/** The configuration of one layer alone. */
export function layerConfig(config: RobertaConfig, layer: number): RobertaConfig {
  const { prunedHeads, feedForwardSizes, ...uniform } = config
  return {
    ...uniform,
    layers: 1,
    feedForwardSize: feedForwardSizes?.[layer] ?? config.feedForwardSize,
    ...(prunedHeads && { prunedHeads: [prunedHeads[layer]!] }),
  }
}

/** The configuration by which a model would be made that has these sizes instead. Entries that say nothing are left out. */
export function reshapedConfig(
  config: RobertaConfig,
  hiddenSize: number,
  shapes: readonly LayerShape[],
): RobertaConfig {
  const { originalHiddenSize = config.hiddenSize, prunedHeads: _, feedForwardSizes: __, ...uniform } = config
  const prunedHeads = shapes.map(({ headNumbers }) =>
    Array.from({ length: config.heads }, (_, head) => head).filter((head) => !headNumbers.includes(head)),
  )
  const sizes = shapes.map(({ feedForwardSize }) => feedForwardSize)
  const equal = new Set(sizes).size === 1
  return {
    ...uniform,
    layers: shapes.length,
    hiddenSize,
    feedForwardSize: equal ? sizes[0]! : config.feedForwardSize,
    ...(originalHiddenSize !== hiddenSize && { originalHiddenSize }),
    ...(prunedHeads.some((heads) => heads.length > 0) && { prunedHeads }),
    ...(!equal && { feedForwardSizes: sizes }),
  }
}

/** What is wrong with the sizes of layers, or undefined. */
export function shapeProblem(config: RobertaConfig): string | undefined {
  const { hiddenSize, heads, layers, originalHiddenSize = hiddenSize, prunedHeads, feedForwardSizes, sharing } = config
  if (!(Number.isInteger(originalHiddenSize) && originalHiddenSize >= hiddenSize))
    return `originalHiddenSize must be a whole number >= hiddenSize ${hiddenSize}, got ${originalHiddenSize}`
  if (originalHiddenSize % heads !== 0) {
    const name = originalHiddenSize === hiddenSize ? 'hiddenSize' : 'originalHiddenSize'
    return `${name} ${originalHiddenSize} does not divide into ${heads} heads`
  }
  for (const [name, list] of Object.entries({ prunedHeads, feedForwardSizes })) {
    if (list && list.length !== layers)
      return `${name} must have an entry for each of ${layers} layers, got ${list.length}`
  }
  const wrongHeads = prunedHeads?.find((removed) => !isPartOf(removed, heads))
  if (wrongHeads)
    return `prunedHeads must be different numbers from 0 to ${heads - 1} that leave a head, got [${wrongHeads.join(', ')}]`
  const wrongSize = feedForwardSizes?.find((size) => !(Number.isInteger(size) && size > 0))
  if (wrongSize !== undefined) return `feedForwardSizes must be whole numbers > 0, got ${wrongSize}`
  const shared = { none: [], attention: [prunedHeads], layers: [prunedHeads, feedForwardSizes] }[sharing]
  if (shared?.some((list) => new Set(list?.map((each) => JSON.stringify(each))).size > 1))
    return `layers that share ${sharing === 'attention' ? 'attention blocks' : 'everything'} must have one shape, got different ones`
  return undefined
}

function isPartOf(removed: readonly number[], heads: number): boolean {
  const known = removed.every((head) => Number.isInteger(head) && head >= 0 && head < heads)
  return known && new Set(removed).size === removed.length && removed.length < heads
}
