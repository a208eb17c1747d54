import { broadcastStrides, mergedAxes } from '../axes.ts'
import type { Kernels, View } from '../backend.ts'
import { type DType, dtypes } from '../dtype.ts'
import { encodeFloat16 } from '../float16.ts'
import { offsetOf, type Shape, sizeOf, stridesOf } from '../shape.ts'
import { axisWords } from './broadcast.ts'
import { bitsOf, type Program, type Source } from './device/program.ts'
import type { Machine } from './machine.ts'
import { flat, flatIndex, flatSize } from './wgsl/index.ts'
import { walkOver } from './wgsl/walk.ts'

/** Elements in a word. */
export function perWord({ dtype }: Pick<View, 'dtype'>): number {
  return 4 / dtypes[dtype].bytes
}

/** `fn element(place) -> u32`: the bits of one element of `input`, of which a word holds so many. */
export function elementOf(count: number): string {
  if (count === 1) return 'fn element(place: u32) -> u32 { return input[place]; }\n'
  const bits = 32 / count
  // The last word of an output may have places beyond its elements.
  return `fn element(place: u32) -> u32 {
  return (input[min(place / ${count}u, arrayLength(&input) - 1u)] >> (${bits}u * (place % ${count}u))) & ${2 ** bits - 1}u;
}
`
}

/** `word`, put together from its elements: `formula` of `place`, where one belongs in the output. */
export function assembled(count: number, formula: string): string {
  const bits = 32 / count
  return `  var word = 0u;
  for (var k = 0u; k < ${count}u; k++) {
    let place = index * ${count}u + k;
    word |= (${formula}) << (${bits}u * k);
  }`
}

type Code = Omit<Source, 'bindings' | 'workgroup'>

/** A program that makes each word of `output` from elements of `input`. */
function words(key: string, { declarations = '', body, ...rest }: Code): Program {
  return {
    key,
    source: () => ({
      bindings: [
        { name: 'input', element: 'u32' },
        { name: 'output', element: 'u32', written: true },
      ],
      workgroup: [flatSize],
      declarations,
      body: flatIndex + body,
      ...rest,
    }),
  }
}

/** y = elements of x at the given strides from an offset on. */
function strided(axes: number, count: number): Program {
  return words(`strided ${axes} ${count}`, {
    axes,
    parameters: { count: 'u32', offset: 'u32' },
    declarations: elementOf(count) + walkOver('walk', 0, axes),
    body: `${assembled(count, 'element(parameters.offset + walk(place).x)')}
  output[index] = word;`,
  })
}

/** The same for rows of fours of whole words. */
function stridedRows(axes: number): Program {
  return {
    key: `strided rows ${axes}`,
    source: () => ({
      bindings: [
        { name: 'input', element: 'vec4u' },
        { name: 'output', element: 'vec4u', written: true },
      ],
      axes,
      parameters: { count: 'u32', offset: 'u32' },
      workgroup: [flatSize],
      declarations: walkOver('walk', 0, axes),
      body: `${flatIndex}  output[index] = input[(parameters.offset + walk(4u * index).x) / 4u];`,
    }),
  }
}

/** Rows of axes: size, stride of x, how many of the border come first, and how many of x follow. */
function padded(axes: number, count: number): Program {
  const steps = Array.from({ length: axes }, (_, axis) => axis)
    .reverse()
    .map(
      (axis) => `  {
    let axis = parameters.axes[${axis}];
    let position = rest % axis.x;
    rest = rest / axis.x;
    inside = inside && position >= axis.z && position < axis.z + axis.w;
    source += (position - axis.z) * axis.y;
  }`,
    )
  return words(`pad ${axes} ${count}`, {
    axes,
    parameters: { count: 'u32', value: 'u32' },
    declarations: `${elementOf(count)}
fn padded(place: u32) -> u32 {
  var rest = place;
  var source = 0u;
  var inside = true;
${steps.join('\n')}
  if (!inside) { return parameters.value; }
  return element(source);
}`,
    body: `${assembled(count, 'padded(place)')}
  output[index] = word;`,
  })
}

/** Puts x, which has `length` of the `total` elements of each part of y, at the elements from `start` on. */
function placed(count: number): Program {
  if (count === 1) {
    return words('concat 1', {
      parameters: { count: 'u32', length: 'u32', total: 'u32', start: 'u32' },
      body: `  let part = index / parameters.length;
  output[part * parameters.total + parameters.start + index % parameters.length] = input[index];`,
    })
  }
  // Words that two inputs share are read and written again; dispatches run one after the other.
  const bits = 32 / count
  return words(`concat ${count}`, {
    parameters: { count: 'u32', length: 'u32', total: 'u32', start: 'u32' },
    declarations: elementOf(count),
    body: `  var word = output[index];
  for (var k = 0u; k < ${count}u; k++) {
    let place = index * ${count}u + k;
    let within = place % parameters.total;
    if (within >= parameters.start && within < parameters.start + parameters.length) {
      let mask = ${2 ** bits - 1}u << (${bits}u * k);
      let source = (place / parameters.total) * parameters.length + within - parameters.start;
      word = (word & ~mask) | (element(source) << (${bits}u * k));
    }
  }
  output[index] = word;`,
  })
}

export function movement(machine: Machine): Pick<Kernels, 'permute' | 'expand' | 'pad' | 'slice' | 'concat'> {
  return {
    permute: ([x], { axes }, [y]) => {
      const strides = stridesOf(x!.shape)
      copy(
        x!,
        y!,
        axes.map((axis) => strides[axis]!),
      )
    },
    expand: ([x], _, [y]) => copy(x!, y!, broadcastStrides(x!.shape, y!.shape)),
    slice: ([x], { start }, [y]) => {
      const strides = stridesOf(x!.shape)
      copy(x!, y!, strides, offsetOf(start, strides))
    },
    pad: ([x], { before, value }, [y]) => {
      if (y!.size === 0) return
      const strides = stridesOf(x!.shape)
      const axes = y!.shape.map((size, axis) => ({ size, strides: [strides[axis]!, before[axis]!, x!.shape[axis]!] }))
      const count = wordsOf(y!)
      const fill = bitsIn(x!.dtype, value)
      machine.run(padded(axes.length, perWord(x!)), [x!, y!], [...axisWords(axes), count, fill], flat(count))
    },
    concat: (inputs, { axis }, [y]) => concat(inputs, axis, y!),
  }

  function copy(x: View, y: View, strides: readonly number[], offset = 0): void {
    if (y.size === 0) return
    const axes = mergedAxes(y.shape, [strides])
    const last = axes.at(-1)
    const byFours =
      perWord(x) === 1 &&
      last?.strides[0] === 1 &&
      [last.size, offset, ...axes.slice(0, -1).map((axis) => axis.strides[0]!)].every((steps) => steps % 4 === 0)
    const program = byFours ? stridedRows(axes.length) : strided(axes.length, perWord(x))
    const count = byFours ? y.size / 4 : wordsOf(y)
    machine.run(program, [x, y], [...axisWords(axes), count, offset], flat(count))
  }

  function concat(inputs: readonly View[], axis: number, y: View): void {
    const lengthOf = (shape: Shape): number => sizeOf(shape.slice(axis))
    const program = placed(perWord(y))
    let start = 0
    for (const x of inputs) {
      const length = lengthOf(x.shape)
      const count = perWord(y) === 1 ? x.size : wordsOf(y)
      if (x.size > 0) machine.run(program, [x, y], [count, length, lengthOf(y.shape), start], flat(count))
      start += length
    }
  }
}

/** The bits of a number as an element. */
function bitsIn(dtype: DType, value: number): number {
  return dtype === 'f32' ? bitsOf(value) : dtype === 'f16' ? encodeFloat16(value) : value >>> 0
}

/** Words that hold all elements. */
export function wordsOf(y: View): number {
  return Math.ceil(y.size / perWord(y))
}

const copied: Program = {
  key: 'copy',
  source: () => ({
    bindings: [
      { name: 'input', element: 'vec4u' },
      { name: 'output', element: 'vec4u', written: true },
    ],
    parameters: { count: 'u32' },
    workgroup: [flatSize],
    body: `${flatIndex}  output[index] = input[index];`,
  }),
}

/** The same elements in another buffer. */
export function copyWhole(machine: Machine, x: View, y: View): void {
  const quads = Math.ceil(wordsOf(y) / 4)
  machine.run(copied, [x, y], [quads], flat(quads))
}
