import type { Parameter } from '@tlc/nn'
import { scope, type Tensor } from '@tlc/tensor'

/** A parameter's values as layers use them, masks applied, row-major. */
export async function currentValues(parameter: Parameter): Promise<Float32Array> {
  const value = currentValue(parameter)
  const values = (await value.data()) as Float32Array
  if (value !== parameter.stored) value.dispose()
  return values
}

function currentValue(parameter: Parameter): Tensor {
  using inner = scope()
  return inner.keep(parameter.value)
}
