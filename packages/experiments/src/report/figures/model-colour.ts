import type { StudyResults } from '../../results.ts'

/** Colour by model, from the smallest to the largest, with a legend that highlights what is clicked. */
export function modelColour({ models }: StudyResults): {
  field: string
  type: 'ordinal'
  scale: { domain: string[] }
  legend: { columns: number }
  title: null
} {
  return {
    field: 'model',
    type: 'ordinal',
    scale: { domain: models.map(({ name }) => name) },
    legend: { columns: 6 },
    title: null,
  }
}

/** Clicking legend entries (with shift for several) brings those models forward. */
export const pickedModels: { name: string; select: { type: 'point'; fields: string[] }; bind: 'legend' } = {
  name: 'picked',
  select: { type: 'point', fields: ['model'] },
  bind: 'legend',
}

/** Full strength for the picked models, faint for the others. */
export const pickedOpacity = { condition: { param: 'picked', value: 1 }, value: 0.12 } as const

/** '2MB': bytes on an axis, in powers of 1000; ticks without a label stay so. */
export const byteLabels = { format: '.2~s', labelExpr: "datum.label ? datum.label + 'B' : ''" } as const

/** What the sizes of a study are called in captions. */
export const legendHint = 'Models are named by layers (L) and hidden size (H); click the legend to bring one forward.'
