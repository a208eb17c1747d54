export { checkpoint } from './checkpoint.ts'
export { defineOp, type OpDefinition, type Output, type Pull } from './define-op.ts'
export {
  type Gradients,
  grad,
  type Inputs,
  type Pullback,
  stopGradient,
  type Tree,
  type ValueAndGradients,
  valueAndGrad,
  vjp,
  type WithAuxiliary,
} from './grad.ts'
export { GradcheckError, type GradcheckOptions, type GradcheckResult, gradcheck } from './gradcheck.ts'
export type { Reads } from './rule.ts'
