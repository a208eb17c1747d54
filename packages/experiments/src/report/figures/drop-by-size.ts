import type { CompressionPoint, StudyResults } from '../../results.ts'
import { accuracyDrop } from '../accuracy-drop.ts'
import { compressionLabel } from '../compression-rows.ts'
import type { DrawFigure, Figure } from '../figure.ts'

/** Accuracy lost to quantization, by size. */
export const dropOfQuantized: DrawFigure = (study) =>
  dropBySize(study, ({ sparsity, bits }) => sparsity === 0 && bits < 32, {
    name: 'drop-by-size-quantization',
    title: 'Accuracy lost to quantization, by model size',
    caption: 'The same for quantization.',
  })

/** Accuracy lost to pruning, by size. */
export const dropOfPruned: DrawFigure = (study) =>
  dropBySize(study, ({ sparsity, bits }) => sparsity > 0.4 && bits === 32, {
    name: 'drop-by-size-pruning',
    title: 'Accuracy lost to pruning, by model size',
    caption:
      'Accuracy of the original less accuracy of the pruned model, on the same items; bars are 95% intervals of the paired difference. If larger models are more robust, the lines fall to the right. Below zero, the retraining after pruning made the model better.',
  })

function dropBySize(
  study: StudyResults,
  chosen: (point: CompressionPoint) => boolean,
  words: Omit<Figure, 'spec'>,
): Figure | undefined {
  const values = study.models.flatMap(({ name, parameters }) =>
    study.compression
      .filter((point) => point.model === name && chosen(point))
      .map((point) => ({ model: name, parameters, label: compressionLabel(point), ...dropRow(study, point) })),
  )
  if (values.length === 0) return undefined
  const x = {
    field: 'parameters',
    type: 'quantitative',
    title: 'Parameters',
    scale: { type: 'log', nice: false, padding: 14 },
    axis: { format: '.2~s', tickCount: 6 },
  } as const
  const color = {
    field: 'label',
    type: 'nominal',
    title: null,
    scale: { domain: [...new Set(values.map(({ label }) => label))] },
  } as const
  return {
    ...words,
    spec: {
      width: 'container',
      height: 280,
      data: { values },
      layer: [
        {
          data: { values: [{ drop: 0 }] },
          mark: { type: 'rule' },
          encoding: { y: { field: 'drop', type: 'quantitative' } },
        },
        {
          mark: { type: 'rule', strokeWidth: 1.2, opacity: 0.6 },
          encoding: {
            x,
            color,
            y: { field: 'low', type: 'quantitative', title: 'Accuracy lost (points)' },
            y2: { field: 'high' },
          },
        },
        {
          mark: { type: 'line', point: { size: 40 } },
          encoding: {
            x,
            color,
            y: { field: 'drop', type: 'quantitative' },
            tooltip: [
              { field: 'model', title: 'Model' },
              { field: 'label', title: 'Compression' },
              { field: 'drop', title: 'Points lost', format: '.2f' },
              { field: 'low', title: 'from (95%)', format: '.2f' },
              { field: 'high', title: 'to (95%)', format: '.2f' },
              { field: 'pValue', title: 'McNemar p', format: '.2~g' },
            ],
          },
        },
      ],
    },
  }
}

/** In points. */
function dropRow(study: StudyResults, point: CompressionPoint) {
  const { difference, interval, pValue } = accuracyDrop(study, point)
  return { drop: 100 * difference, low: 100 * interval.low, high: 100 * interval.high, pValue }
}
