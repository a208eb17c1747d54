export { NaiveBayes, type NaiveBayesOptions } from './baselines/naive-bayes.ts'
export {
  type NaiveBayesAccuracy,
  type NaiveBayesAccuracyOptions,
  naiveBayesAccuracy,
} from './baselines/naive-bayes-accuracy.ts'
export { parseRecipe } from './compression/parse-recipe.ts'
export type { GivenRecipe, Recipe as CompressionRecipe, Step as CompressionStep } from './compression/recipe.ts'
export * from './data/index.ts'
export { type DecodingSpeed, type DecodingSpeedOptions, measureDecoding } from './decoding-speed.ts'
export * from './frontier/index.ts'
export { judge } from './hypotheses/index.ts'
export { type Histogram, type InspectedTensor, type Inspection, inspectArtefact } from './inspect/inspection.ts'
export { packItems, unpackItems } from './packed-items.ts'
export { parseResults, readResults } from './read-results.ts'
export { writeReport } from './report/index.ts'
export type * from './results.ts'
export * from './statistics/index.ts'
export * from './store/index.ts'
export { type CompressedInFolder, type CompressOptions, compressInFolder } from './tasks/compression/compress.ts'
export { inspectFolder } from './tasks/compression/inspect-folder.ts'
export { type Evaluated, type EvaluateOptions, evaluate, type TaskSplit } from './tasks/evaluate.ts'
export { type Exported, type ExportOptions, type ExportTarget, exportFromFolder } from './tasks/export-model.ts'
export { type ExportModelOptions, exportModel } from './tasks/export-onnx.ts'
export { type FilledMasks, fillMask, type Guess } from './tasks/fill-mask.ts'
export { type FinetuneOptions, finetune } from './tasks/finetune.ts'
export { expectModel, type LoadedModel, loadModel } from './tasks/load-model.ts'
export { type ModelShape, modelShape, modelShapes, type ShapeOptions } from './tasks/model-shape.ts'
export type { Measures, TaskOptions, TaskProgress } from './tasks/task.ts'
export { type MaskedLMOptions, trainMaskedLM } from './tasks/train-masked-lm.ts'
export {
  type TrainedTokenizer,
  type TrainTokenizerOptions,
  trainTokenizerInFolder,
} from './tasks/train-tokenizer.ts'
export { type TrainTranslationOptions, trainTranslation } from './tasks/train-translation.ts'
export type { TrainedModel, TrainingRecipe } from './tasks/training.ts'
export { type TranslatedText, type TranslateOptions, type Translation, translate } from './tasks/translate.ts'
export { UserError } from './user-error.ts'
