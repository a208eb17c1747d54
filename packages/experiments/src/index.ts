export { NaiveBayes, type NaiveBayesOptions } from './baselines/naive-bayes.ts'
export {
  type NaiveBayesAccuracy,
  type NaiveBayesAccuracyOptions,
  naiveBayesAccuracy,
} from './baselines/naive-bayes-accuracy.ts'
export * from './data/index.ts'
export { type DecodingSpeed, type DecodingSpeedOptions, measureDecoding } from './decoding-speed.ts'
export { judge } from './hypotheses/index.ts'
export { packItems, unpackItems } from './packed-items.ts'
export { parseResults, readResults } from './read-results.ts'
export { writeReport } from './report/index.ts'
export type * from './results.ts'
export * from './statistics/index.ts'
export * from './store/index.ts'
export { UserError } from './user-error.ts'
