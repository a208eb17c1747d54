import type { Measurements, StudyResults, Verdict } from '../results.ts'
import { combination } from './combination.ts'
import { pruningError, quantizationError } from './compression-error.ts'
import { fewerSteps } from './fewer-steps.ts'
import { freeCompression } from './free-compression.ts'
import { frontierOfLarge } from './frontier-of-large.ts'
import { largerWinsInOperations, largerWinsInTime } from './larger-wins.ts'
import { pruningDrop } from './pruning-drop.ts'
import { quantizationDrop } from './quantization-drop.ts'
import { weakShape } from './weak-shape.ts'

/** The hypotheses that one study of one seed can test, in the paper's order. */
const hypotheses: readonly ((study: Measurements) => Verdict)[] = [
  fewerSteps,
  largerWinsInTime,
  largerWinsInOperations,
  weakShape,
  quantizationDrop,
  pruningDrop,
  frontierOfLarge,
  combination,
  freeCompression,
  quantizationError,
  pruningError,
]

/** The measurements with each hypothesis judged on them. The same measurements give the same verdicts, to the bit. */
export function judge(measurements: Measurements): StudyResults {
  const study = { ...measurements, models: measurements.models.toSorted((a, b) => a.parameters - b.parameters) }
  return { ...study, hypotheses: hypotheses.map((test) => test(study)) }
}
