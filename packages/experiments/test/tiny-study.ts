import { presets } from '../src/study/presets.ts'
import { modelSize, type Study } from '../src/study/study.ts'

/** A study that takes seconds: two sizes, hardly trained. */
export const tinyStudy: Study = {
  ...presets.smoke!,
  preset: 'tiny',
  vocabularySize: 300,
  models: [modelSize(1, 16), modelSize(2, 16)],
  pretraining: {
    ...presets.smoke!.pretraining,
    budgetSeconds: 1,
    batch: 8,
    length: 16,
    evaluations: 4,
    validationSequences: 16,
  },
  finetuning: {
    ...presets.smoke!.finetuning,
    trainExamples: 256,
    validationExamples: 64,
    length: 16,
    batch: 8,
    epochs: 1,
  },
  pruning: { ...presets.smoke!.pruning, levels: [0.3, 0.6], checksPerEpoch: 2, recover: 1 },
  quantization: { bits: [8, 4], granularity: 'tensor' },
}
