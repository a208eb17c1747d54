export { UserError } from '../user-error.ts'
export { type CompressedModel, type CompressOptions, compressModel } from './compress-model.ts'
export type { CompressionTask } from './compression-task.ts'
export { type CompressedKind, type DeployedLayer, type DeployOptions, deploy } from './deploy.ts'
export { parseRecipe } from './parse-recipe.ts'
export type { CompressionProgress } from './progress.ts'
export type {
  CriterionName,
  EncodeSettings,
  FinetuneSettings,
  GivenRecipe,
  GranularityName,
  PruneSettings,
  QuantizeSettings,
  Recipe,
  SchemeChoice,
  Selection,
  Step,
  StepName,
  Steps,
  UnitName,
} from './recipe.ts'
