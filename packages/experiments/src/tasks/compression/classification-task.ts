import { BucketedBatches } from '@tlc/nn'
import { foldIn, key } from '@tlc/tensor'
import type { LabelledTexts, RobertaForSequenceClassification } from '@tlc/transformer'
import type { FinetuneSettings } from '../../compression/recipe.ts'
import { exampleSequences } from '../../data/index.ts'
import { labelledBatch } from '../../study/batches.ts'
import { UserError } from '../../user-error.ts'
import { byLength } from '../by-length.ts'
import { judgeClassifier, longestOf } from '../classified-texts.ts'
import { labelNumbers } from '../label-numbers.ts'
import { type LoadedModel, loadModel } from '../load-model.ts'
import { noteCut, openTokens } from '../open-tokens.ts'
import type { TaskOptions } from '../task.ts'
import type { OpenedTask, TaskData } from './opened-task.ts'

const calibrationBatch = 16

/** A classifier learns from the training texts of the data it was fine-tuned on, and is judged on the validation texts. */
export async function openClassificationTask(
  folder: string,
  { model, tokenizer }: LoadedModel<RobertaForSequenceClassification>,
  { data, examples, judged, windows = 1, calibration = 128 }: TaskData,
  task: TaskOptions,
): Promise<OpenedTask<RobertaForSequenceClassification, LabelledTexts>> {
  const { maxLength, vocabularySize } = model.roberta.config
  const { dataset, tokens } = await openTokens(data, ['labelled', 'pairs'], { tokenizer, vocabularySize }, task)
  const numbers = labelNumbers(dataset.name, tokens.facts.labels, model.labelNames)
  const sequencesOf = (split: 'train' | 'validation', limit = Infinity) => {
    const sequences = exampleSequences(tokens, split, { maxLength, limit, windows })
    noteCut(`${split} texts`, sequences, maxLength, task, windows)
    return { ...sequences, labels: sequences.labels.map((label) => numbers[label]!) }
  }
  const [train, validation] = [sequencesOf('train', examples), sequencesOf('validation', judged)]
  const batchesOf = ({ batchSize, seed }: FinetuneSettings): BucketedBatches => {
    if (train.count < batchSize)
      throw new UserError(`${dataset.name}: has ${train.count} texts to train on, a batch needs ${batchSize}`)
    const order = foldIn(key(seed), 2)
    return new BucketedBatches({ lengths: train.lengths, maxExamples: batchSize, maxLength, key: order })
  }
  let open: { readonly settings: FinetuneSettings; readonly batches: BucketedBatches } | undefined
  return {
    fingerprint: dataset.fingerprint,
    judge: (judged) =>
      judgeClassifier(judged, validation, (done) => {
        task.signal?.throwIfAborted()
        task.onProgress?.({ phase: 'working', what: 'judging', done, of: validation.count })
      }),
    task: {
      logits: (used, { ids }, options) => used.forward(ids, options),
      targets: ({ labels }) => labels,
      trainingBatch(step, settings) {
        if (open?.settings !== settings) open = { settings, batches: batchesOf(settings) }
        const { examples: chosen, length } = open.batches.batch(step)
        return [labelledBatch(train, chosen, length)]
      },
      *calibration() {
        // Texts of like length together, so that there is little padding to look at.
        const lengths = train.lengths.subarray(0, calibration)
        for (const chosen of byLength(lengths, calibrationBatch))
          yield labelledBatch(train, chosen, longestOf(train, chosen))
      },
      teacher: async () => (await loadModel(folder)).model as RobertaForSequenceClassification,
    },
    [Symbol.dispose]: () => tokens[Symbol.dispose](),
  }
}
