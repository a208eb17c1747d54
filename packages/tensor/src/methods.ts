import * as contraction from './operations/contraction.ts'
import * as elementwise from './operations/elementwise.ts'
import * as indexing from './operations/indexing.ts'
import * as movement from './operations/movement.ts'
import { gelu, logSoftmax, softmax, topK } from './operations/neural.ts'
import * as reduction from './operations/reduction.ts'
import { Tensor } from './tensor.ts'

type Functions = typeof contraction &
  typeof elementwise &
  typeof indexing &
  Omit<typeof movement, 'concat' | 'stack'> &
  typeof reduction & {
    readonly gelu: typeof gelu
    readonly logSoftmax: typeof logSoftmax
    readonly softmax: typeof softmax
    readonly topK: typeof topK
  }

type Method<F> = F extends (x: infer _, ...rest: infer Rest) => infer Result ? (...rest: Rest) => Result : never

/** `x.add(y)` is `add(x, y)`, and so on for every function whose first argument is one tensor. */
export type Methods = { readonly [Name in keyof Functions]: Method<Functions[Name]> }

const { concat: _concat, stack: _stack, ...movementOfOne } = movement
const functions: Functions = {
  ...contraction,
  ...elementwise,
  ...indexing,
  ...movementOfOne,
  ...reduction,
  gelu,
  logSoftmax,
  softmax,
  topK,
}

type TensorFunction = (x: Tensor, ...rest: unknown[]) => unknown

for (const [name, operation] of Object.entries(functions) as [string, TensorFunction][]) {
  Object.defineProperty(Tensor.prototype, name, {
    configurable: true,
    writable: true,
    value(this: Tensor, ...rest: unknown[]): unknown {
      return operation(this, ...rest)
    },
  })
}
