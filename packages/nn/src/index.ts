export { accumulate, type LossAndGradients } from './accumulate.ts'
export { causalBias, paddingBias } from './attention-bias.ts'
export { averageWeights } from './average-weights.ts'
export { Batches, type BatchesOptions, type BatchPosition } from './batches.ts'
export { breathe } from './breathe.ts'
export { type BucketedBatch, BucketedBatches, type BucketedBatchesOptions } from './bucketed-batches.ts'
export { encodeCheckpoint, restoreCheckpoint, type Training } from './checkpoint.ts'
export { type Clip, clipByValue, clipScale } from './clip.ts'
export { type CompareOptions, compareLayers, type FasterLayer, fasterLayer, type LayerTimes } from './compare-layers.ts'
export { TensorMismatchError } from './copy-tensors.ts'
export { currentValues } from './current-values.ts'
export { type OneCycle, oneCycle, type TriangularCycle, triangularCycle } from './cyclic-schedules.ts'
export { type DistillationOptions, distillationLoss } from './distillation-loss.ts'
export { branch, type ForwardOptions, type Layer } from './forward.ts'
export {
  constant,
  type Initializer,
  kaimingNormal,
  kaimingUniform,
  truncatedNormal,
  xavierNormal,
  xavierUniform,
} from './initialize.ts'
export { keepLayers } from './keep-layers.ts'
export { Activation, type ActivationName, activations } from './layers/activation.ts'
export { Bilinear, type BilinearOptions } from './layers/bilinear.ts'
export { Dropout } from './layers/dropout.ts'
export { Embedding, type EmbeddingOptions } from './layers/embedding.ts'
export { LayerNorm, type LayerNormOptions } from './layers/layer-norm.ts'
export { Linear, type LinearOptions, type LinearParameters } from './layers/linear.ts'
export {
  type AttentionForwardOptions,
  attendWithHeads,
  type HeadsOptions,
  MultiHeadAttention,
  type MultiHeadAttentionOptions,
} from './layers/multi-head-attention.ts'
export { Sequential } from './layers/sequential.ts'
export { loadParameters, parameterTensors } from './load-parameters.ts'
export { LossScale, type LossScaleOptions, type LossScaleState } from './loss-scale.ts'
export { type CrossEntropyOptions, crossEntropy, meanSquaredError } from './losses.ts'
export { countParameters, disposeModule, Module, namedModules, namedParameters } from './module.ts'
export { MovingAverage, type MovingAverageOptions, type MovingAverageState } from './moving-average.ts'
export { Adafactor, type AdafactorOptions } from './optimizers/adafactor.ts'
export { Adam } from './optimizers/adam.ts'
export { Adamax } from './optimizers/adamax.ts'
export { type AdamOptions, AdamW } from './optimizers/adamw.ts'
export { AMSGrad } from './optimizers/amsgrad.ts'
export { LAMB } from './optimizers/lamb.ts'
export { Muon, type MuonOptions } from './optimizers/muon.ts'
export { NAdam } from './optimizers/nadam.ts'
export {
  type Member,
  Optimizer,
  type OptimizerOptions,
  type OptimizerState,
  type ParameterGroup,
  type Slots,
  type StepOptions,
  vectorsWithoutDecay,
} from './optimizers/optimizer.ts'
export { type ParameterStep, ParameterwiseOptimizer } from './optimizers/parameterwise.ts'
export { RMSprop, type RMSpropOptions } from './optimizers/rmsprop.ts'
export { Rprop, type RpropOptions } from './optimizers/rprop.ts'
export { SGD, type SGDOptions } from './optimizers/sgd.ts'
export { Parameter, type Transform } from './parameter.ts'
export { permutation } from './permutation.ts'
export { type Precision, withPrecision } from './precision.ts'
export { type ModuleType, replaceModules } from './replace-modules.ts'
export { SafetensorsError } from './safetensors/errors.ts'
export { type SafetensorsContent, type StoredTensor, type StoredType, storedBits } from './safetensors/format.ts'
export { parseSafetensors } from './safetensors/parse.ts'
export { serializeSafetensors } from './safetensors/serialize.ts'
export { decodeTensors, encodeTensors, fromTensor, toTensor } from './safetensors/tensors.ts'
export {
  constantRate,
  cosineDecay,
  type Decay,
  inverseSquareRoot,
  type LinearRise,
  linearDecay,
  linearRise,
  type Schedule,
  type StableDecay,
  type StepDecay,
  stepDecay,
  type WarmUp,
  warmUpStableDecay,
} from './schedules.ts'
export { formatSummary, type ParameterSummary, type Summary, summary } from './summary.ts'
export {
  type CheckpointStore,
  type Evaluation,
  type EvaluationOptions,
  type Findings,
  type StepReport,
  type StepsOptions,
  type TrainOptions,
  type TrainResult,
  takeStep,
  train,
} from './train.ts'
export {
  finiteLoss,
  finiteStep,
  NonFiniteLossError,
  type TrainStepOptions,
  type TrainStepResult,
  trainStep,
} from './train-step.ts'
export { columnsOf, featuresOf, placesOf, rowsOf } from './unit-slices.ts'
export { type UnitGroup, type UnitKind, type UnitSlice, type Units, unitGroups } from './units.ts'
