export { writeFileAtomically } from './atomic-file.ts'
export { canonicalJson } from './canonical-json.ts'
export type { Metrics } from './metrics-log.ts'
export { type FinishedRun, openRun, type RunOptions, runHash, type UnfinishedRun } from './open-run.ts'
