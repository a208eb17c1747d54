import type { TrainTask } from './train.ts'
import type { RecipeDefaults } from './training-options.ts'

/** Of training from scratch. For masked-lm, dropout is for small data: of a large one hardly a text is seen twice. */
export const trainDefaults: { readonly [T in TrainTask]: RecipeDefaults } = {
  'masked-lm': { batchSize: 16, learningRate: 2e-3, warmUp: 0.05, dropout: 0, evaluations: 10 },
  translation: { batchSize: 64, learningRate: 2e-3, warmUp: 0.1, dropout: 0.1, evaluations: 20 },
}

export const finetuneDefaults: RecipeDefaults = {
  batchSize: 32,
  learningRate: 5e-4,
  warmUp: 0.06,
  dropout: 0.1,
  evaluations: 10,
}
