import './methods.ts'

export { apply, type Call, currentListeners, type Listener, listen, unheard } from './apply.ts'
export {
  Backend,
  type BackendName,
  type Choice,
  type DeviceBuffer,
  type FusedKernels,
  type Kernel,
  type Kernels,
  type View,
} from './backend.ts'
export { biasCorrection } from './composites/adamw-step.ts'
export { type Composite, type Composites, composites } from './composites/index.ts'
export { currentBackend, useBackend, withBackend } from './context.ts'
export {
  type CreateOptions,
  full,
  type Nested,
  normal,
  ones,
  randomBits,
  range,
  tensor,
  uniform,
  zeros,
} from './create.ts'
export { type DType, dtypes, type TypedArray } from './dtype.ts'
export { DTypeError, LifetimeError, ShapeError } from './errors.ts'
export { decodeFloat16, encodeFloat16 } from './float16.ts'
export type { Memory } from './ledger.ts'
export { type BackendOptions, openBackend } from './open-backend.ts'
export * from './operations/contraction.ts'
export { einsum } from './operations/einsum.ts'
export * from './operations/elementwise.ts'
export * from './operations/indexing.ts'
export * from './operations/movement.ts'
export * from './operations/neural.ts'
export type { Operand } from './operations/operand.ts'
export * from './operations/quantized.ts'
export * from './operations/reduction.ts'
export { measurePeak, type Peak } from './peak.ts'
export type { Primitive, Primitives } from './primitives.ts'
export type { KernelProfile, Profiler } from './profiler.ts'
export { foldIn, type Key, key, philox, split } from './random.ts'
export { rules, type Spec } from './rules.ts'
export { type Scope, scope } from './scope.ts'
export {
  broadcastShapes,
  expandedAxes,
  formatShape,
  normalizeAxes,
  normalizeAxis,
  type Shape,
  sameShape,
  sizeOf,
  stridesOf,
} from './shape.ts'
export { leakedTensors, Tensor } from './tensor.ts'
