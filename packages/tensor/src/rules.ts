import type { Backend, View } from './backend.ts'
import { type DType, dtypes } from './dtype.ts'
import { DTypeError, ShapeError } from './errors.ts'
import type { Primitive, Primitives, ReductionParameters } from './primitives.ts'
import { broadcastShapes, checkShape, formatShape, normalizeAxis, type Shape, sizeOf } from './shape.ts'

/** The shape and type of a tensor to be. */
export interface Spec {
  readonly shape: Shape
  readonly dtype: DType
}

/** What rules look at: a tensor, or only its shape and type. */
export interface Described extends Pick<View, 'shape' | 'dtype' | 'size'> {
  /** where a tensor lives: it says whether f16 computes */
  readonly backend?: Pick<Backend, 'name' | 'computesHalf'>
}

/** Checks the inputs of an operation and says what comes out. */
export type Rule<Parameters> = (inputs: readonly Described[], parameters: Parameters) => Spec

const float: readonly DType[] = ['f32', 'f16']
const numeric: readonly DType[] = ['f32', 'f16', 'i32', 'u32']
const comparable: readonly DType[] = ['f32', 'f16', 'i32', 'u32', 'bool']

/** Throws unless `input` has one of the accepted types, and f16 only where that computes; says which cast to write. */
export function checkDType(op: string, input: Described, accepted: readonly DType[], what = 'input'): void {
  const onlyStored = input.dtype === 'f16' && input.backend?.computesHalf === false
  if (accepted.includes(input.dtype) && !onlyStored) return
  const here = input.backend?.computesHalf === false ? accepted.filter((dtype) => dtype !== 'f16') : accepted
  const elsewhere =
    onlyStored && accepted.includes('f16')
      ? ` ('${input.backend.name}' only stores f16; openBackend('webgpu') computes with it where the adapter has shader-f16)`
      : ''
  throw new DTypeError(
    `${op}: ${what} is ${input.dtype}, expected ${here.join(' or ')}; write .cast('${here[0]}')${elsewhere}`,
  )
}

/**
 * The one floating-point type of all the inputs: f32, or f16 where that computes.
 *
 * @param names of the inputs, for messages
 */
export function floatType(op: string, inputs: readonly Described[], ...names: readonly string[]): 'f32' | 'f16' {
  inputs.forEach((input, place) => {
    checkDType(op, input, float, names[place])
    sameDType(op, inputs[0]!, input)
  })
  return inputs[0]!.dtype as 'f32' | 'f16'
}

function sameDType(op: string, a: Described, b: Described): void {
  if (a.dtype === b.dtype) return
  throw new DTypeError(
    `${op}: operands are ${a.dtype} and ${b.dtype}; cast one: .cast('${a.dtype}') or .cast('${b.dtype}')`,
  )
}

function elementwise(op: Primitive, accepted: readonly DType[]): Rule<unknown> {
  return (inputs) => {
    const x = inputs[0]!
    checkDType(op, x, accepted)
    return x
  }
}

function pairwise(op: Primitive, accepted: readonly DType[], result?: DType): Rule<unknown> {
  return (inputs) => {
    const a = inputs[0]!
    const b = inputs[1]!
    sameDType(op, a, b)
    checkDType(op, a, accepted)
    return { shape: broadcastShapes(a.shape, b.shape, op), dtype: result ?? a.dtype }
  }
}

function reduction(op: Primitive, emptyAllowed: boolean): Rule<ReductionParameters> {
  return ([x], { axes, keepDims }) => {
    checkDType(op, x!, numeric)
    for (const axis of axes) {
      normalizeAxis(axis, x!.shape.length, op)
      if (!emptyAllowed && x!.shape[axis] === 0) {
        throw new ShapeError(`${op}: axis ${axis} of ${formatShape(x!.shape)} is empty, so it has no largest element`)
      }
    }
    const shape = keepDims
      ? x!.shape.map((length, axis) => (axes.includes(axis) ? 1 : length))
      : x!.shape.filter((_, axis) => !axes.includes(axis))
    return { shape, dtype: x!.dtype }
  }
}

/** For each primitive: which inputs it takes, and the shape and type of its output. */
export const rules: { readonly [P in Primitive]: Rule<Primitives[P]> } = {
  neg: elementwise('neg', ['f32', 'f16', 'i32']),
  exp: elementwise('exp', float),
  log: elementwise('log', float),
  sqrt: elementwise('sqrt', float),
  sin: elementwise('sin', float),
  cos: elementwise('cos', float),
  tanh: elementwise('tanh', float),
  erf: elementwise('erf', float),
  round: elementwise('round', float),
  cast: ([x], { dtype }) => {
    if (!(dtype in dtypes)) {
      throw new DTypeError(`cast: there is no element type '${dtype}'; use ${Object.keys(dtypes).join(', ')}`)
    }
    return { shape: x!.shape, dtype }
  },
  add: pairwise('add', numeric),
  sub: pairwise('sub', numeric),
  mul: pairwise('mul', numeric),
  div: pairwise('div', numeric),
  max: pairwise('max', numeric),
  less: pairwise('less', numeric, 'bool'),
  equal: pairwise('equal', comparable, 'bool'),
  where: (inputs) => {
    const [condition, a, b] = [inputs[0]!, inputs[1]!, inputs[2]!]
    checkDType('where', condition, ['bool'], 'condition')
    sameDType('where', a, b)
    checkDType('where', a, comparable)
    const shape = broadcastShapes(broadcastShapes(condition.shape, a.shape, 'where'), b.shape, 'where')
    return { shape, dtype: a.dtype }
  },
  sum: reduction('sum', true),
  maxOver: reduction('maxOver', false),
  matmul: ([a, b], { transposeA, transposeB }) => {
    const dtype = floatType('matmul', [a!, b!], 'left operand', 'right operand')
    if (a!.shape.length < 2 || b!.shape.length < 2) {
      throw new ShapeError(
        `matmul: operands need two axes or more, got ${formatShape(a!.shape)} and ${formatShape(b!.shape)}; ` +
          'reshape a vector to [n, 1] or [1, n]',
      )
    }
    const [rows, inner] = lastTwo(a!.shape, transposeA)
    const [innerB, columns] = lastTwo(b!.shape, transposeB)
    if (inner !== innerB) {
      const side = (shape: Shape, transposed: boolean): string => formatShape(shape) + (transposed ? ' transposed' : '')
      throw new ShapeError(
        `matmul: ${side(a!.shape, transposeA)} times ${side(b!.shape, transposeB)}: inner sizes are ${inner} and ` +
          `${innerB}, expected equal; check transposeA and transposeB`,
      )
    }
    const batch = broadcastShapes(a!.shape.slice(0, -2), b!.shape.slice(0, -2), 'matmul')
    return { shape: [...batch, rows, columns], dtype }
  },
  reshape: ([x], { shape }) => {
    checkShape(shape, 'reshape')
    if (sizeOf(shape) !== x!.size) {
      throw new ShapeError(
        `reshape: ${formatShape(x!.shape)} has ${x!.size} elements, ${formatShape(shape)} has ${sizeOf(shape)}; they must be equal`,
      )
    }
    return { shape, dtype: x!.dtype }
  },
  permute: ([x], { axes }) => {
    const rank = x!.shape.length
    if (axes.length !== rank || new Set(axes.map((axis) => normalizeAxis(axis, rank, 'permute'))).size !== rank) {
      throw new ShapeError(`permute: axes ${formatShape(axes)} must name each of the ${rank} axes once`)
    }
    return { shape: axes.map((axis) => x!.shape[axis]!), dtype: x!.dtype }
  },
  expand: ([x], { shape }) => {
    checkShape(shape, 'expand')
    const added = shape.length - x!.shape.length
    if (added < 0 || x!.shape.some((length, axis) => length !== 1 && length !== shape[axis + added])) {
      throw new ShapeError(
        `expand: ${formatShape(x!.shape)} cannot become ${formatShape(shape)}; only sizes of 1 grow, aligned at the last axis`,
      )
    }
    return { shape, dtype: x!.dtype }
  },
  pad: ([x], { before, after, value }) => {
    if (value !== 0) checkDType('pad', x!, comparable, 'what gets a border that is not 0')
    const rank = x!.shape.length
    if (
      before.length !== rank ||
      after.length !== rank ||
      [...before, ...after].some((w) => !Number.isInteger(w) || w < 0)
    ) {
      throw new ShapeError(
        `pad: widths ${formatShape(before)} and ${formatShape(after)} must be whole, >= 0, one for each axis of ${formatShape(x!.shape)}`,
      )
    }
    return { shape: x!.shape.map((length, axis) => before[axis]! + length + after[axis]!), dtype: x!.dtype }
  },
  slice: ([x], { start, end }) => {
    const fits = (axis: number): boolean =>
      Number.isInteger(start[axis]) &&
      Number.isInteger(end[axis]) &&
      start[axis]! >= 0 &&
      start[axis]! <= end[axis]! &&
      end[axis]! <= x!.shape[axis]!
    if (start.length !== x!.shape.length || end.length !== start.length || !start.every((_, axis) => fits(axis))) {
      throw new ShapeError(
        `slice: ${formatShape(start)} to ${formatShape(end)} does not lie within ${formatShape(x!.shape)}; ` +
          'give 0 <= start <= end <= size for each axis',
      )
    }
    return { shape: start.map((first, axis) => end[axis]! - first), dtype: x!.dtype }
  },
  concat: (inputs, { axis }) => {
    const first = inputs[0]
    if (!first) throw new ShapeError('concat: needs one tensor at least, got none')
    normalizeAxis(axis, first.shape.length, 'concat')
    let length = 0
    for (const x of inputs) {
      sameDType('concat', first, x)
      const fits = x.shape.length === first.shape.length && x.shape.every((n, a) => a === axis || n === first.shape[a])
      if (!fits) {
        throw new ShapeError(
          `concat: ${formatShape(x.shape)} beside ${formatShape(first.shape)}; sizes must be equal but along axis ${axis}`,
        )
      }
      length += x.shape[axis]!
    }
    return { shape: first.shape.map((n, a) => (a === axis ? length : n)), dtype: first.dtype }
  },
  gather: ([x, ids], { axis }) => {
    checkDType('gather', ids!, ['i32'], 'ids')
    normalizeAxis(axis, x!.shape.length, 'gather')
    if (x!.shape[axis] === 0 && ids!.size > 0) {
      throw new ShapeError(`gather: axis ${axis} of ${formatShape(x!.shape)} is empty, so no id points into it`)
    }
    return { shape: [...x!.shape.slice(0, axis), ...ids!.shape, ...x!.shape.slice(axis + 1)], dtype: x!.dtype }
  },
  scatterAdd: ([updates, ids], { axis, size }) => {
    checkDType('scatterAdd', updates!, ['f32', 'f16', 'i32'], 'updates')
    checkDType('scatterAdd', ids!, ['i32'], 'ids')
    const middle = updates!.shape.slice(axis, axis + ids!.shape.length)
    if (formatShape(middle) !== formatShape(ids!.shape)) {
      throw new ShapeError(
        `scatterAdd: updates ${formatShape(updates!.shape)} must have the shape of ids ${formatShape(ids!.shape)} from axis ${axis} on`,
      )
    }
    const rest = updates!.shape.slice(axis + ids!.shape.length)
    const shape = [...updates!.shape.slice(0, axis), size, ...rest]
    checkShape(shape, 'scatterAdd')
    return { shape, dtype: updates!.dtype }
  },
  randomBits: (_, { shape }) => {
    checkShape(shape, 'randomBits')
    return { shape, dtype: 'u32' }
  },
}

function lastTwo(shape: Shape, transposed: boolean): [number, number] {
  const rows = shape[shape.length - 2]!
  const columns = shape[shape.length - 1]!
  return transposed ? [columns, rows] : [rows, columns]
}
