import { parameterCounts, type RobertaConfig, type RobertaSizes, robertaConfig } from '@tlc/transformer'

/** A masked language model and the batch of a training step. */
export interface BenchmarkedModel {
  readonly name: string
  readonly sizes: RobertaSizes
  /** texts in a step, all of the longest length */
  readonly batch: number
  /** of hidden states and of attention weights */
  readonly dropout: number
}

export const tiny: BenchmarkedModel = {
  name: 'tiny',
  sizes: { layers: 2, hiddenSize: 64, heads: 2, feedForwardSize: 256, vocabularySize: 1024, maxLength: 64 },
  batch: 16,
  dropout: 0,
}

export const small: BenchmarkedModel = {
  name: 'small',
  sizes: { layers: 2, hiddenSize: 128, heads: 2, feedForwardSize: 512, vocabularySize: 4096, maxLength: 64 },
  batch: 32,
  dropout: 0,
}

/** The one whose shapes the tables of layers and kernels have. */
export const mini: BenchmarkedModel = {
  name: 'mini',
  sizes: { layers: 4, hiddenSize: 256, heads: 4, feedForwardSize: 1024, vocabularySize: 8192, maxLength: 128 },
  batch: 16,
  dropout: 0,
}

const withDropout = (model: BenchmarkedModel): BenchmarkedModel => ({
  ...model,
  name: `${model.name}, dropout`,
  dropout: 0.1,
})

/** Studies pretrain without dropout and fine-tune with it, so every model is there in both ways. */
export const models: readonly BenchmarkedModel[] = [tiny, small, mini].flatMap((model) => [model, withDropout(model)])

/** Steps of tiny are compared with those of mini. */
export function comparedModels({ name, dropout }: BenchmarkedModel): readonly string[] {
  return [name.startsWith(small.name) ? name : `dropout ${dropout}`]
}

/** @throws Error for a name that none has */
export function modelNamed(name: string): BenchmarkedModel {
  const model = models.find((each) => each.name === name)
  if (!model)
    throw new Error(`there is no benchmarked model ${name}, only ${models.map((each) => each.name).join('; ')}`)
  return model
}

export function configOf({ sizes, dropout }: BenchmarkedModel): RobertaConfig {
  return robertaConfig({ ...sizes, dropout, attentionDropout: dropout })
}

/** Tokens to guess in a step: 15%. */
export function maskedCount({ batch, sizes }: BenchmarkedModel): number {
  return Math.round(0.15 * batch * sizes.maxLength)
}

/** N, the parameters of a model. */
export function parameterCount(model: BenchmarkedModel): number {
  return parameterCounts(configOf(model)).total
}
