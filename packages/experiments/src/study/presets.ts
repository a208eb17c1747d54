import { modelSize, type Pruning, type Study } from './study.ts'

const pruning: Pruning = {
  levels: [0.15, 0.3, 0.45, 0.6, 0.75, 0.9],
  recover: 0.995,
  epochs: 1,
  checksPerEpoch: 4,
  learningRate: 5e-4,
}

/** The studies that come with the package. */
export const presets: { readonly [name: string]: Study } = {
  smoke: {
    preset: 'smoke',
    data: 'synthetic',
    vocabularySize: 600,
    models: [modelSize(1, 32), modelSize(2, 32), modelSize(1, 48), modelSize(2, 48)],
    pretraining: {
      budgetSeconds: 5,
      batch: 16,
      length: 32,
      learningRate: 3e-3,
      warmUp: 0.05,
      coolDown: 0.2,
      evaluations: 8,
      validationSequences: 64,
    },
    // A thousand steps: with 400 some sizes were still at chance, where the slope of the loss is all but zero at first.
    finetuning: {
      trainExamples: 4096,
      validationExamples: 400,
      length: 32,
      batch: 16,
      epochs: 4,
      learningRate: 3e-3,
      warmUp: 0.06,
    },
    pruning: { ...pruning, levels: [0.3, 0.6, 0.9], learningRate: 1e-3 },
    quantization: { bits: [8, 6, 4], granularity: 'tensor' },
  },
  quick: {
    preset: 'quick',
    data: 'imdb',
    vocabularySize: 2048,
    // Width at one layer, depth at a width of 64, and one pair (4Lx64H, 1Lx128H) of equal size.
    models: [modelSize(1, 32), modelSize(1, 64), modelSize(2, 64), modelSize(4, 64), modelSize(1, 128)],
    pretraining: {
      budgetSeconds: 55,
      batch: 16,
      length: 128,
      learningRate: 3e-3,
      warmUp: 0.05,
      coolDown: 0.2,
      evaluations: 15,
      validationSequences: 256,
    },
    finetuning: {
      trainExamples: 5000,
      validationExamples: 1000,
      length: 96,
      batch: 16,
      epochs: 2,
      learningRate: 3e-3,
      warmUp: 0.06,
    },
    pruning: { ...pruning, checksPerEpoch: 3 },
    quantization: { bits: [8, 6, 4], granularity: 'tensor' },
  },
}
