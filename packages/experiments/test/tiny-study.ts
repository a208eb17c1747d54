import { presets } from '../src/study/presets.ts'
import { modelSize, type Study } from '../src/study/study.ts'

const { pretraining, finetuning, pruning, ...smoke } = presets.smoke!

/** A study that takes seconds: two sizes, that learn just enough to lose something by pruning and to need retraining. */
export const tinyStudy: Study = {
  ...smoke,
  preset: 'tiny',
  models: [modelSize(1, 32), modelSize(2, 32)],
  pretraining: { ...pretraining, budgetSeconds: 1, batch: 8, length: 16, evaluations: 4, validationSequences: 16 },
  finetuning: { ...finetuning, trainExamples: 1024, validationExamples: 128, length: 24, batch: 8, epochs: 3 },
  pruning: { ...pruning, levels: [0.3, 0.6, 0.9], epochs: 0.5, checksPerEpoch: 2, recover: 1 },
  quantization: { bits: [8, 4], granularity: 'tensor' },
}
