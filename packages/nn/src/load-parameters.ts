import type { Tensor } from '@tlc/tensor'
import { copyTensors } from './copy-tensors.ts'
import { type Module, namedParameters } from './module.ts'

/** The stored tensors of a module by name: what is saved. They are the module's own, not copies. */
export function parameterTensors(root: Module): Map<string, Tensor> {
  return new Map([...namedParameters(root)].map(([name, { stored }]) => [name, stored]))
}

/**
 * Copies tensors into the parameters of the same names; the given ones stay the caller's. f16 and bf16 become f32
 * where the parameter is f32.
 *
 * @throws TensorMismatchError listing every unknown, missing and misfitting name, with nothing changed
 */
export function loadParameters(root: Module, tensors: ReadonlyMap<string, Tensor>): void {
  copyTensors(parameterTensors(root), tensors, 'the module')
}
