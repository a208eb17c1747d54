import { apply } from './apply.ts'
import type { Backend } from './backend.ts'
import { currentBackend } from './context.ts'
import { allocateArray, type DType, dtypes, type TypedArray } from './dtype.ts'
import { ShapeError } from './errors.ts'
import { cast, cos, div, log, mul, sqrt, sub } from './operations/elementwise.ts'
import { foldIn, type Key } from './random.ts'
import { scope } from './scope.ts'
import { checkShape, formatShape, type Shape, sizeOf } from './shape.ts'
import { Tensor } from './tensor.ts'

/** Numbers in lists in lists…, as deep as the tensor has axes. */
export type Nested = number | boolean | readonly Nested[]

/** What a new tensor is made of. */
export interface CreateOptions {
  readonly shape?: Shape
  readonly dtype?: DType
  /** that in use by default */
  readonly backend?: Backend
}

/**
 * A tensor of given numbers. From nested lists the shape is theirs; from an array it is `[length]` unless given.
 * The type is f32 unless given, or the array tells: Int32Array i32, Uint32Array u32, Int8Array i8, Uint8Array u8.
 *
 * @throws ShapeError if lists are ragged or the shape has another number of elements
 */
export function tensor(values: Nested | TypedArray, options: CreateOptions = {}): Tensor {
  const backend = options.backend ?? currentBackend()
  const isArray = ArrayBuffer.isView(values)
  const dtype = options.dtype ?? (isArray ? naturalDType(values) : 'f32')
  const natural = isArray ? [values.length] : nestedShape(values)
  const shape = options.shape ?? natural
  checkShape(shape, 'tensor')
  if (sizeOf(shape) !== sizeOf(natural)) {
    throw new ShapeError(
      `tensor: ${sizeOf(natural)} numbers do not fill shape ${formatShape(shape)} of ${sizeOf(shape)}`,
    )
  }
  if ((dtype === 'f16' || dtype === 'bf16') && !(values instanceof Uint16Array)) {
    using wide = tensor(values, { backend, shape, dtype: 'f32' })
    return cast(wide, dtype)
  }
  const data =
    isArray && naturalFits(values, dtype) ? values : convert(isArray ? values : flatten(values, natural), dtype)
  return fromData(backend, data, shape, dtype)
}

/** Zeros. */
export function zeros(shape: Shape, options: CreateOptions = {}): Tensor {
  return full(shape, 0, options)
}

/** Ones. */
export function ones(shape: Shape, options: CreateOptions = {}): Tensor {
  return full(shape, 1, options)
}

/** One value everywhere. */
export function full(shape: Shape, value: number, options: CreateOptions = {}): Tensor {
  const scalar = tensor(value, { ...options, shape: [] })
  if (shape.length === 0) return scalar
  const filled = apply('expand', [scalar], { shape })[0]!
  scalar.dispose()
  return filled
}

/** 0, 1, … length - 1. */
export function range(length: number, options: CreateOptions = {}): Tensor {
  checkShape([length], 'range')
  return tensor(
    Int32Array.from({ length }, (_, index) => index),
    { ...options, dtype: options.dtype ?? 'f32' },
  )
}

/** Random 32-bit words (u32) of a key's stream: the same on every backend. */
export function randomBits(key: Key, shape: Shape): Tensor {
  return apply('randomBits', [], { key, shape })[0]!
}

/** Random numbers spread evenly over 0 <= x < 1, multiples of 2⁻²⁴. */
export function uniform(key: Key, shape: Shape): Tensor {
  using inner = scope()
  const upper24 = div(randomBits(key, shape), 2 ** 8)
  return inner.keep(mul(cast(upper24, 'f32'), 2 ** -24))
}

/**
 * Random numbers of the standard normal distribution: √(-2 ln u₁) · cos 2πu₂.
 *
 * @see Box & Muller 1958
 */
export function normal(key: Key, shape: Shape): Tensor {
  using inner = scope()
  // 1 - u lies in (0, 1], so the logarithm is finite.
  const radius = sqrt(mul(log(sub(1, uniform(foldIn(key, 0), shape))), -2))
  const angle = mul(uniform(foldIn(key, 1), shape), 2 * Math.PI)
  return inner.keep(mul(radius, cos(angle)))
}

function fromData(backend: Backend, data: TypedArray, shape: Shape, dtype: DType): Tensor {
  const made = Tensor.allocate(backend, shape, dtype)
  backend.upload(made.buffer, data)
  return made
}

function naturalDType(values: TypedArray): DType {
  if (values instanceof Int32Array) return 'i32'
  if (values instanceof Uint32Array) return 'u32'
  if (values instanceof Int8Array) return 'i8'
  if (values instanceof Uint8Array) return 'u8'
  return 'f32'
}

/** Whether an array can be uploaded as it is. For f16 and bf16 a Uint16Array holds the bits. */
function naturalFits(values: TypedArray, dtype: DType): boolean {
  return values instanceof dtypes[dtype].array
}

function convert(values: ArrayLike<number>, dtype: DType): TypedArray {
  const data = allocateArray(dtype, values.length)
  for (let index = 0; index < data.length; index++)
    data[index] = dtype === 'bool' ? Number(values[index] !== 0) : values[index]!
  return data
}

function nestedShape(values: Nested): number[] {
  const shape: number[] = []
  for (let level: Nested = values; Array.isArray(level); level = level[0] as Nested) shape.push(level.length)
  return shape
}

function flatten(values: Nested, shape: Shape): Float64Array {
  const flat = new Float64Array(sizeOf(shape))
  let next = 0
  const visit = (level: Nested, axis: number): void => {
    if (axis === shape.length) {
      if (Array.isArray(level))
        throw new ShapeError(`tensor: lists are nested deeper in some places than ${shape.length}`)
      flat[next++] = Number(level)
      return
    }
    if (!Array.isArray(level) || level.length !== shape[axis]) {
      throw new ShapeError(
        `tensor: lists are ragged: expected ${shape[axis]} entries at depth ${axis}, got ${Array.isArray(level) ? level.length : 'a number'}`,
      )
    }
    for (const each of level) visit(each, axis + 1)
  }
  visit(values, 0)
  return flat
}
