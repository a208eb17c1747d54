import type { Kernels } from '../backend.ts'
import type { DType } from '../dtype.ts'
import type { Program } from './device/program.ts'
import type { Machine } from './machine.ts'
import { halfFloats } from './wgsl/half.ts'
import { flat, flatIndex, flatSize } from './wgsl/index.ts'
import { packBools } from './wgsl/operand.ts'

type Kind = 'f32' | 'i32' | 'u32'

/** How four elements of a type lie in memory, and what they are as numbers. */
interface Layout {
  /** in WGSL, of what the buffer is made: four elements */
  readonly element: 'vec4f' | 'vec4i' | 'vec4u' | 'vec2u' | 'u32'
  readonly kind: Kind
  /** four numbers of the kind, from `stored` */
  readonly decode: string
  /** `stored` again, from `value`, a vector of the kind within the type's range */
  readonly encode: string
  readonly range?: readonly [low: number, high: number]
}

const bytes = 'vec4u(0u, 8u, 16u, 24u)'
const halves = 'vec4u(0u, 16u, 0u, 16u)'

const layouts: { readonly [D in DType]: Layout } = {
  f32: { element: 'vec4f', kind: 'f32', decode: 'stored', encode: 'value' },
  i32: { element: 'vec4i', kind: 'i32', decode: 'stored', encode: 'value' },
  u32: { element: 'vec4u', kind: 'u32', decode: 'stored', encode: 'value' },
  bool: {
    element: 'u32',
    kind: 'u32',
    decode: `((vec4u(stored) >> ${bytes}) & vec4u(255u))`,
    encode: packBools('value'),
    range: [0, 1],
  },
  u8: {
    element: 'u32',
    kind: 'u32',
    decode: `((vec4u(stored) >> ${bytes}) & vec4u(255u))`,
    encode: packBools('value'),
    range: [0, 255],
  },
  i8: {
    element: 'u32',
    kind: 'i32',
    decode: `((vec4i(bitcast<i32>(stored)) << (vec4u(24u) - ${bytes})) >> vec4u(24u))`,
    encode: packBools('bitcast<vec4u>(value) & vec4u(255u)'),
    range: [-128, 127],
  },
  f16: {
    element: 'vec2u',
    kind: 'f32',
    decode: `halfToFloat((stored.xxyy >> ${halves}) & vec4u(65535u))`,
    encode: 'packHalves(floatToHalf(value))',
  },
  bf16: {
    element: 'vec2u',
    kind: 'f32',
    decode: `bitcast<vec4f>(((stored.xxyy >> ${halves}) & vec4u(65535u)) << vec4u(16u))`,
    encode: 'packHalves(floatToBrain(value))',
  },
}

/** Integers saturate, and NaN becomes 0. */
const conversions = `
fn f32_to_i32(x: vec4f) -> vec4i {
  let bounded = clamp(x, vec4f(-2147483648.0), vec4f(2147483520.0));
  let whole = select(vec4i(bounded), vec4i(2147483647), x >= vec4f(2147483648.0));
  return select(whole, vec4i(0), (bitcast<vec4u>(x) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u));
}
fn f32_to_u32(x: vec4f) -> vec4u {
  let bounded = clamp(x, vec4f(0.0), vec4f(4294967040.0));
  let whole = select(vec4u(bounded), vec4u(4294967295u), x >= vec4f(4294967296.0));
  return select(whole, vec4u(0u), (bitcast<vec4u>(x) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u));
}
fn i32_to_f32(x: vec4i) -> vec4f { return vec4f(x); }
// By halves, whose sum is rounded once: devices differ in how they round whole words.
fn u32_to_f32(x: vec4u) -> vec4f { return vec4f(x >> vec4u(16u)) * 65536.0 + vec4f(x & vec4u(65535u)); }
fn i32_to_u32(x: vec4i) -> vec4u { return vec4u(max(x, vec4i(0))); }
fn u32_to_i32(x: vec4u) -> vec4i { return vec4i(min(x, vec4u(2147483647u))); }
`

/** `value`, of the kind and in the range of the target, from `number`. */
function converted(from: Kind, to: DType): string {
  const { kind, range } = layouts[to]
  if (to === 'bool') {
    const bits = 'bitcast<vec4u>(number)'
    return `select(vec4u(0u), vec4u(1u), (${from === 'f32' ? `(${bits} & vec4u(0x7fffffffu))` : bits}) != vec4u(0u))`
  }
  const value = from === kind ? 'number' : `${from}_to_${kind}(number)`
  const vector = `vec4<${kind}>`
  return range ? `clamp(${value}, ${vector}(${range[0]}), ${vector}(${range[1]}))` : value
}

function program(from: DType, to: DType): Program {
  const [source, target] = [layouts[from], layouts[to]]
  return {
    key: `cast ${from} ${to}`,
    source: () => ({
      bindings: [
        { name: 'input', element: source.element },
        { name: 'output', element: target.element, written: true },
      ],
      parameters: { count: 'u32' },
      workgroup: [flatSize],
      declarations: halfFloats + conversions,
      body: `${flatIndex}
  let stored = input[index];
  let number = ${source.decode};
  let value = ${converted(source.kind, to)};
  output[index] = ${target.encode};`,
    }),
  }
}

export function cast(machine: Machine): Pick<Kernels, 'cast'> {
  return {
    cast: ([x], { dtype }, [y]) => {
      const quads = Math.ceil(x!.size / 4)
      machine.run(program(x!.dtype, dtype), [x!, y!], [quads], flat(quads))
    },
  }
}
