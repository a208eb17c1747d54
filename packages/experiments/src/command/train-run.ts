import { loadTokenizerFrom } from '../tasks/load-model.ts'
import { modelShape } from '../tasks/model-shape.ts'
import type { TaskOptions } from '../tasks/task.ts'
import type { Averaging } from '../tasks/train-in-folder.ts'
import { trainMaskedLM } from '../tasks/train-masked-lm.ts'
import { trainTranslation } from '../tasks/train-translation.ts'
import type { TrainedModel } from '../tasks/training.ts'
import { trainDefaults } from './recipe-defaults.ts'
import { runTraining } from './run-training.ts'
import type { TrainOptions, TrainTask } from './train.ts'
import { recipeOf } from './training-options.ts'

const usualMinutes = 10
const usualLength = 128

/** Trains a model, and says where it is and how good. */
export async function runTrain(given: TrainOptions): Promise<void> {
  const { task, vocabularySize, length = usualLength, steps } = given
  const options = {
    ...recipeOf(given, trainDefaults[task]),
    ...(steps === undefined ? { minutes: given.minutes ?? usualMinutes } : { steps }),
    shape: modelShape(given),
    tokenizer: given.tokenizer === undefined ? undefined : await loadTokenizerFrom(given.tokenizer),
    vocabularySize,
    length,
  }
  await runTraining(given, (run) => trainers[task](options, given, run))
}

type Common = Omit<
  Parameters<typeof trainMaskedLM>[0],
  'coolDown' | 'maskShare' | 'attentionStart' | 'evaluationSequences' | 'averaging' | 'subset'
>

const trainers: {
  readonly [T in TrainTask]: (common: Common, given: TrainOptions, task: TaskOptions) => Promise<TrainedModel>
} = {
  'masked-lm': (common, { coolDown, maskShare, attentionStart, evaluationSequences, average, subset }, task) =>
    trainMaskedLM(
      {
        ...common,
        coolDown,
        maskShare,
        attentionStart,
        evaluationSequences,
        subset,
        averaging: movingAverage(average),
      },
      task,
    ),
  translation: (
    common,
    { decoderLayers, labelSmoothing, average, averageLast, evaluationSequences, bleuPairs },
    task,
  ) => {
    const averaging = movingAverage(average) ?? { kind: 'mean', count: averageLast }
    return trainTranslation(
      { ...common, decoderLayers, labelSmoothing, averaging, bleuPairs, evaluationPairs: evaluationSequences },
      task,
    )
  },
}

function movingAverage(decay: number | undefined): Averaging | undefined {
  return decay === undefined ? undefined : { kind: 'moving', decay }
}
