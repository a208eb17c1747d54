import { allocateArray } from '../dtype.ts'
import { DTypeError } from '../errors.ts'
import { encodeFloat16 } from '../float16.ts'
import { Tensor } from '../tensor.ts'

/** A tensor, or a number that takes the type of the tensor beside it. */
export type Operand = Tensor | number

/** Both operands as tensors, numbers becoming scalars of the other's type on its backend. */
export function operands(a: Operand, b: Operand): [Tensor, Tensor] {
  if (typeof a !== 'number') return [a, typeof b === 'number' ? constant(b, a) : b]
  if (typeof b !== 'number') return [constant(a, b), b]
  throw new DTypeError(`operands ${a} and ${b} are both numbers; one must be a tensor`)
}

/** A scalar of the type, and on the backend, of another tensor. */
export function constant(value: number, like: Tensor): Tensor {
  const scalar = Tensor.allocate(like.backend, [], like.dtype)
  const data = allocateArray(like.dtype, 1)
  data[0] = like.dtype === 'f16' ? encodeFloat16(value) : value
  if (!isFloat(like) && data[0] !== value) {
    scalar.dispose()
    throw new DTypeError(`${value} cannot be written as ${like.dtype}; cast the tensor first: .cast('f32')`)
  }
  like.backend.upload(scalar.buffer, data)
  return scalar
}

/** Whether it holds floating-point numbers that operations accept, at least on some backends. */
export function isFloat({ dtype }: Tensor): boolean {
  return dtype === 'f32' || dtype === 'f16'
}
