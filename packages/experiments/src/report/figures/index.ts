import type { StudyResults } from '../../results.ts'
import type { DrawFigure, Figure } from '../figure.ts'
import { accuracyOfPruned, accuracyOfQuantized, paretoFigure } from './accuracy-by-memory.ts'
import { dropOfPruned, dropOfQuantized } from './drop-by-size.ts'
import {
  pruningErrors,
  quantizationErrors,
  relativePruningErrors,
  relativeQuantizationErrors,
} from './error-by-module.ts'
import { lossByOperations, lossBySeconds, lossBySteps } from './validation-loss.ts'

/** A part of the report: its heading, a sentence that leads in, its figures. */
export interface Section {
  readonly title: string
  readonly lead: string
  readonly figures: readonly Figure[]
}

const sections: readonly (readonly [title: string, lead: string, figures: readonly DrawFigure[]])[] = [
  [
    'Training',
    'Do larger models learn faster: per step, per second, per operation?',
    [lossBySteps, lossBySeconds, lossByOperations],
  ],
  [
    'Compression',
    'What is left of the accuracy when the models are made small?',
    [accuracyOfPruned, accuracyOfQuantized, paretoFigure],
  ],
  ['Robustness', 'Do larger models lose less?', [dropOfPruned, dropOfQuantized]],
  [
    'Why',
    'How far does compression move the weights themselves?',
    [quantizationErrors, relativeQuantizationErrors, pruningErrors, relativePruningErrors],
  ],
]

/** The figures of a study in the paper's order; those without data are left out. */
export function drawSections(study: StudyResults): Section[] {
  return sections
    .map(([title, lead, draw]) => ({ title, lead, figures: draw.flatMap((figure) => figure(study) ?? []) }))
    .filter(({ figures }) => figures.length > 0)
}
