import { scope, type Tensor } from '@tlc/tensor'
import type { Parameter } from './parameter.ts'

/**
 * A parameter's values as layers use them, masks applied, row-major.
 *
 * @throws TypeError if they are not f32
 */
export async function currentValues(parameter: Parameter): Promise<Float32Array> {
  const value = currentValue(parameter)
  try {
    if (value.dtype !== 'f32') throw new TypeError(`the parameter is ${value.dtype}, expected f32`)
    return (await value.data()) as Float32Array
  } finally {
    if (value !== parameter.stored) value.dispose()
  }
}

function currentValue(parameter: Parameter): Tensor {
  using inner = scope()
  return inner.keep(parameter.value)
}
