import { foldIn, key } from '@tlc/tensor'
import { DynamicMasking, type MaskedTokens, type RobertaForMaskedLM } from '@tlc/transformer'
import { maskedBatch, sequencesOfStep } from '../../study/batches.ts'
import { UserError } from '../../user-error.ts'
import { type LoadedModel, loadModel } from '../load-model.ts'
import { heldOutBatches, loadMaskedTexts } from '../masked-texts.ts'
import type { TaskOptions } from '../task.ts'
import { judgeMaskedLM } from '../train-masked-lm.ts'
import type { OpenedTask, TaskData } from './opened-task.ts'

const calibrationBatch = 16
/** Masks of texts that are looked at: always the same. */
const calibrationMasks = key(2021)

/** A masked language model learns from the pretraining texts, and is judged on held-out text under masks that stay the same. */
export async function openMaskedTask(
  folder: string,
  { model, tokenizer }: LoadedModel<RobertaForMaskedLM>,
  { data, examples = Infinity, judged = 256, calibration = 128 }: TaskData,
  task: TaskOptions,
): Promise<OpenedTask<RobertaForMaskedLM, MaskedTokens>> {
  const { maxLength: length, vocabularySize } = model.roberta.config
  const texts = await loadMaskedTexts({ data, length, tokenizer, vocabularySize }, task)
  const count = Math.min(texts.pretraining.count, examples)
  const masking = new DynamicMasking(tokenizer)
  return {
    fingerprint: texts.fingerprint,
    judge: (used) => judgeMaskedLM(used, heldOutBatches(texts, judged)),
    task: {
      logits: (used, { ids, positions }, options) => used.forward(ids, positions, options),
      targets: ({ targets }) => targets,
      examples: ({ ids }) => ids.shape[0]!,
      trainingBatch(step, { batchSize, seed }) {
        if (count < batchSize)
          throw new UserError(`${data}: has ${count} sequences to train on, a batch needs ${batchSize}`)
        const chosen = sequencesOfStep(count, batchSize, foldIn(key(seed), 2), step)
        return [maskedBatch({ masking }, texts.pretraining, chosen, foldIn(foldIn(key(seed), 3), step))]
      },
      *calibration() {
        for (let start = 0; start < Math.min(count, calibration); start += calibrationBatch) {
          const size = Math.min(calibrationBatch, Math.min(count, calibration) - start)
          const chosen = Array.from({ length: size }, (_, index) => start + index)
          yield maskedBatch({ masking }, texts.pretraining, chosen, foldIn(calibrationMasks, start))
        }
      },
      teacher: async () => (await loadModel(folder)).model as RobertaForMaskedLM,
    },
    [Symbol.dispose]: () => texts.tokens[Symbol.dispose](),
  }
}
