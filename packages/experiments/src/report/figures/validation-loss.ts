import type { StudyResults } from '../../results.ts'
import type { DrawFigure, Figure } from '../figure.ts'
import { trainingTime } from '../headline.ts'
import { legendHint, modelColour, pickedModels, pickedOpacity } from './model-colour.ts'

/** Validation loss against gradient steps: the paper's figures 3 and 4, left. */
export const lossBySteps: DrawFigure = (study) =>
  validationLoss(study, 'step', 'Training steps', {
    name: 'loss-by-steps',
    title: 'Validation loss by training steps',
    caption: `Masked-language-model loss on held-out text after each number of gradient steps (logarithmic; the very first steps are left out). Every model sees the same batches in the same order; a model that is lower here learns more from each step. ${legendHint}`,
  })

/** Validation loss against seconds: the paper's figures 2a and 4, right. */
export const lossBySeconds: DrawFigure = (study) =>
  validationLoss(study, 'seconds', 'Training time (seconds)', {
    name: 'loss-by-seconds',
    title: 'Validation loss by training time',
    caption: `The same curves against time: steps × the median step time measured before training, so that the figure does not depend on what else the machine did. Training lasts ${trainingTime(study)}. Where the curves cross, a larger model has paid off.`,
  })

/** Validation loss against operations: the paper's appendix A.1. */
export const lossByOperations: DrawFigure = (study) =>
  validationLoss(study, 'operations', 'Training operations (FLOP)', {
    wide: true,
    name: 'loss-by-operations',
    title: 'Validation loss by training operations',
    caption:
      'The same curves against floating point operations, which no machine’s overhead blurs: 6 (N − E) T + 6 V H M + 12 L S² H B for each step, with N parameters, E embeddings, T tokens, M masked positions.',
  })

/** The axis begins at this part of its end: before, all models are still learning which words are frequent. */
const shownRange = 300

function validationLoss(
  study: StudyResults,
  axis: 'step' | 'seconds' | 'operations',
  title: string,
  words: Omit<Figure, 'spec'>,
): Figure | undefined {
  const end = Math.max(...study.curves.map((point) => point[axis]))
  const values = study.curves
    .filter((point) => point[axis] > end / shownRange)
    .map((point) => ({ ...point, perplexity: Math.exp(point.validationLoss) }))
  if (values.length === 0) return undefined
  return {
    ...words,
    spec: {
      width: 'container',
      height: 300,
      data: { values },
      params: [pickedModels],
      mark: { type: 'line', point: { size: 22 }, interpolate: 'monotone' },
      encoding: {
        x: {
          field: axis,
          type: 'quantitative',
          title,
          scale: { type: 'log', nice: false },
          axis: { format: axis === 'seconds' ? '~g' : '~s', tickCount: 5 },
        },
        y: {
          field: 'validationLoss',
          type: 'quantitative',
          title: 'Validation loss (nats per masked token)',
          scale: { zero: false },
        },
        color: modelColour(study),
        opacity: pickedOpacity,
        tooltip: [
          { field: 'model', title: 'Model' },
          { field: 'step', title: 'Step', format: ',' },
          { field: 'seconds', title: 'Seconds', format: '.3~g' },
          { field: 'operations', title: 'Operations', format: '.3~s' },
          { field: 'tokens', title: 'Tokens', format: '.3~s' },
          { field: 'validationLoss', title: 'Validation loss', format: '.3f' },
          { field: 'perplexity', title: 'Validation perplexity', format: '.1f' },
          { field: 'trainingLoss', title: 'Training loss', format: '.3f' },
        ],
      },
    },
  }
}
