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
export type { Derivative, Reads, Remembered, Rule } from './rule.ts'
