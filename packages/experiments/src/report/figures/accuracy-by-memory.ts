import type { CompressionPoint, StudyResults } from '../../results.ts'
import { paretoFrontier } from '../../statistics/pareto-frontier.ts'
import { type CompressionRow, compressionRows } from '../compression-rows.ts'
import type { DrawFigure, Figure } from '../figure.ts'
import { byteLabels, legendHint, modelColour, pickedModels, pickedOpacity } from './model-colour.ts'

type Layer = Extract<Figure['spec'], { readonly layer: unknown }>['layer'][number]

const x = {
  field: 'bytes',
  type: 'quantitative',
  title: 'Memory of the packed model',
  scale: { type: 'log', nice: false, padding: 14 },
  axis: { ...byteLabels, tickCount: 6 },
} as const
const y = {
  field: 'accuracy',
  type: 'quantitative',
  title: 'Accuracy',
  scale: { zero: false, padding: 8 },
  axis: { format: '.0%' },
} as const
const tooltip = [
  { field: 'model', title: 'Model' },
  { field: 'label', title: 'Compression' },
  { field: 'accuracy', title: 'Accuracy', format: '.1%' },
  { field: 'low', title: 'from (95%)', format: '.1%' },
  { field: 'high', title: 'to (95%)', format: '.1%' },
  { field: 'loss', title: 'Loss', format: '.3f' },
  { field: 'bytes', title: 'Bytes', format: ',' },
  { field: 'compression', title: 'Times smaller', format: '.1f' },
  { field: 'nonzeros', title: 'Nonzero weights', format: ',' },
  { field: 'retrainingSteps', title: 'Retraining steps', format: ',' },
] as const

/** Accuracy against memory under quantization: the paper's figure 6, left. */
export const accuracyOfQuantized: DrawFigure = (study) =>
  alongCompression(study, ({ sparsity }) => sparsity === 0, {
    name: 'accuracy-by-memory-quantization',
    title: 'Accuracy by memory, quantized',
    caption: `${taskOf(study)} after quantizing every weight matrix to fewer bits, without retraining. Each line is one model, from its 32-bit original (right) to the left; the number at a point is its bits. Memory is the size of the packed file, scales and zero points included.`,
  })

/** Accuracy against memory under pruning: the paper's figures 2b and 6, right. */
export const accuracyOfPruned: DrawFigure = (study) =>
  alongCompression(study, ({ bits }) => bits === 32, {
    name: 'accuracy-by-memory-pruning',
    title: 'Accuracy by memory, pruned',
    caption: `${taskOf(study)} after setting the smallest weights to zero in steps of 15%, with short retraining after each. Each line is one model, from its original (right) to the left; the number at a point is the share of zeros. Memory is the size of the packed file, the positions of the nonzeros included. Dotted: always answering the most frequent class. ${legendHint}`,
  })

function taskOf({ task }: StudyResults): string {
  return `Accuracy on ${task.items.toLocaleString('en-US')} items (${task.name})`
}

function alongCompression(
  study: StudyResults,
  chosen: (point: CompressionPoint) => boolean,
  words: Omit<Figure, 'spec'>,
): Figure | undefined {
  const values = compressionRows(study, chosen)
  if (values.every(({ label }) => label === 'original')) return undefined
  const base = { x, y, color: modelColour(study), opacity: pickedOpacity }
  return {
    ...words,
    spec: {
      width: 'container',
      height: 340,
      data: { values },
      layer: [
        majorityRule(study),
        {
          params: [pickedModels],
          mark: { type: 'line', point: { size: 34 } },
          encoding: { ...base, order: { field: 'bytes' }, tooltip: [...tooltip] },
        },
        {
          transform: [{ filter: "datum.label !== 'original' && (datum.sparsity === 0 || datum.sparsity > 0.5)" }],
          mark: { type: 'text', dy: -9, fontSize: 9.5, tooltip: null },
          encoding: { ...base, text: { field: 'mark' } },
        },
      ],
      transform: [{ calculate: "replace(datum.label, ' bits', '')", as: 'mark' }],
    },
  }
}

/** Accuracy against memory of everything, with the Pareto frontier: the paper's figure 8. */
export const paretoFigure: DrawFigure = (study) => {
  const rows = compressionRows(study)
  if (rows.every(({ label }) => label === 'original')) return undefined
  const frontier = frontierRows(rows)
  const labelled = spacedOut(frontier)
  const values = rows.map((row) => ({
    ...row,
    frontier: frontier.includes(row),
    name: labelled.includes(row) ? `${row.model}  ${row.label}` : '',
  }))
  return {
    name: 'accuracy-by-memory',
    wide: true,
    title: 'Accuracy by memory, pruned and quantized: the frontier',
    caption:
      'Every compressed model of the study, on the same axes. The staircase joins those that no other beats in both memory and accuracy: read it at a memory budget to find the best model for it. Mind that the best of many noisy accuracies is flattered by its noise; the tests below choose on one half of the items and measure on the other.',
    spec: {
      width: 'container',
      height: 420,
      data: { values },
      layer: [
        majorityRule(study),
        {
          params: [pickedModels],
          mark: { type: 'point', size: 34 },
          encoding: {
            x,
            y,
            color: modelColour(study),
            opacity: { condition: { param: 'picked', value: 0.45 }, value: 0.05 },
            tooltip: [...tooltip],
          },
        },
        {
          transform: [{ filter: 'datum.frontier' }],
          mark: { type: 'line', interpolate: 'step-after', strokeWidth: 1.5 },
          encoding: { x, y },
        },
        {
          transform: [{ filter: 'datum.frontier' }],
          mark: { type: 'point', size: 85, strokeWidth: 1.5, opacity: 1 },
          encoding: { x, y, color: modelColour(study), tooltip: [...tooltip] },
        },
        {
          transform: [{ filter: 'datum.frontier' }],
          mark: { type: 'text', align: 'right', dx: -9, dy: -4, fontSize: 10.5, tooltip: null },
          encoding: { x, y, text: { field: 'name' } },
        },
      ],
    },
  }
}

/** The undominated rows, by rising memory. */
export function frontierRows(rows: readonly CompressionRow[]): CompressionRow[] {
  return paretoFrontier(rows.map((row) => ({ cost: row.bytes, value: row.accuracy, row }))).map(({ row }) => row)
}

/** Of a frontier by rising memory, the best within each of twelve budgets at equal ratios: enough to read, few enough to print. */
export function bestByBudget(frontier: readonly CompressionRow[]): CompressionRow[] {
  const [from, to] = [frontier[0]?.bytes ?? 1, frontier.at(-1)?.bytes ?? 1]
  const budgets = Array.from({ length: 12 }, (_, index) => from * (to / from) ** (index / 11) * (1 + 1e-9))
  return [...new Set(budgets.flatMap((budget) => frontier.findLast(({ bytes }) => bytes <= budget) ?? []))]
}

/** Those whose labels have room to the left of their points: not near the left edge, and each a step above the last. */
function spacedOut(frontier: readonly CompressionRow[]): CompressionRow[] {
  const [from, to] = [frontier[0], frontier.at(-1)]
  if (!from || !to) return []
  const labelled: CompressionRow[] = []
  for (const row of frontier) {
    const clear = row.accuracy - (labelled.at(-1)?.accuracy ?? 0) > 0.06 * (to.accuracy - from.accuracy)
    if (clear && row.bytes > from.bytes * (to.bytes / from.bytes) ** 0.35) labelled.push(row)
  }
  return labelled
}

/** Where always answering the most frequent class stands. */
function majorityRule({ task }: StudyResults): Layer {
  return {
    data: { values: [{ accuracy: task.majorityAccuracy }] },
    mark: { type: 'rule', strokeDash: [2, 3] },
    encoding: { y: { field: 'accuracy', type: 'quantitative' } },
  }
}
