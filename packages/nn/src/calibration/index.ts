export { cholesky, inverse, inverseFactor, inverseOfFactor, invertLower } from './cholesky.ts'
export { type CollectOptions, collectInputs } from './collect-inputs.ts'
export {
  type Compensation,
  type CompensationOptions,
  compensate,
  compensation,
  type Sweep,
  type Swept,
} from './compensation.ts'
export { gramOf, quadraticForms } from './gram.ts'
export type { InputStatistics } from './input-statistics.ts'
export { type InputObserver, observeInputs } from './observe-inputs.ts'
export { type ReconstructionError, reconstructionError } from './reconstruction-error.ts'
