import type { StudyResults, Technique } from '../../results.ts'
import type { DrawFigure, Figure } from '../figure.ts'
import { modelColour } from './model-colour.ts'

/** What 4 bits change in the weights: the paper's figure 9, left. */
export const quantizationErrors: DrawFigure = (study) =>
  errorByModule(study, 'quantization', 'absolute', {
    name: 'error-by-module-quantization',
    title: 'Quantization error by module',
    caption:
      'Mean |W − Q(W)| at 4 bits, by kind of module. The paper reads lower bars of larger models as their robustness; but this error follows the range of the weights, and models that took fewer steps have smaller weights. The relative error corrects for that.',
  })

export const relativeQuantizationErrors: DrawFigure = (study) =>
  errorByModule(study, 'quantization', 'relative', {
    name: 'error-by-module-quantization-relative',
    title: 'Relative quantization error by module',
    caption: '‖W − Q(W)‖ / ‖W‖ at 4 bits: the share of the weights’ own size that quantization changes.',
  })

/** What pruning 60% removes from the weights: the paper's figure 9, right. */
export const pruningErrors: DrawFigure = (study) =>
  errorByModule(study, 'pruning', 'absolute', {
    name: 'error-by-module-pruning',
    title: 'Pruning error by module',
    caption:
      'Mean |W − P(W)| at 60% sparsity, by kind of module: the magnitude of what was set to zero, averaged over all weights.',
  })

export const relativePruningErrors: DrawFigure = (study) =>
  errorByModule(study, 'pruning', 'relative', {
    name: 'error-by-module-pruning-relative',
    title: 'Relative pruning error by module',
    caption: '‖W − P(W)‖ / ‖W‖ at 60% sparsity.',
  })

function errorByModule(
  study: StudyResults,
  technique: Technique,
  measure: 'absolute' | 'relative',
  words: Omit<Figure, 'spec'>,
): Figure | undefined {
  const values = study.errors.filter((row) => row.technique === technique)
  if (values.length === 0) return undefined
  const order = study.models.map(({ name }) => name)
  return {
    ...words,
    spec: {
      width: 'container',
      height: 240,
      data: { values },
      mark: { type: 'bar', cornerRadiusEnd: 2 },
      encoding: {
        x: {
          field: 'module',
          type: 'nominal',
          title: null,
          sort: [...new Set(values.map(({ module }) => module))],
          axis: { labelAngle: 0, domain: false, ticks: false },
        },
        xOffset: { field: 'model', type: 'ordinal', sort: order },
        y: {
          field: measure,
          type: 'quantitative',
          title: measure === 'absolute' ? 'Mean absolute error' : 'Relative error',
        },
        color: modelColour(study),
        tooltip: [
          { field: 'model', title: 'Model' },
          { field: 'module', title: 'Module' },
          { field: 'absolute', title: 'Mean absolute error', format: '.3~g' },
          { field: 'deviation', title: 'Standard deviation', format: '.3~g' },
          { field: 'relative', title: 'Relative error', format: '.3~g' },
          { field: 'weights', title: 'Weights', format: ',' },
        ],
      },
    },
  }
}
