export { grad, type Gradients, type Inputs, type Pullback, stopGradient, type Tree, type ValueAndGradients, valueAndGrad, vjp, type WithAuxiliary } from './grad.ts'
export type { Derivative, Reads, Remembered, Rule } from './rule.ts'
