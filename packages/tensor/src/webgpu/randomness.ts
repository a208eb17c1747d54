import type { FusedKernels, Kernels } from '../backend.ts'
import { dropoutThreshold } from '../composites/dropout.ts'
import type { DType } from '../dtype.ts'
import { bitsOf, type Program } from './device/program.ts'
import type { Machine } from './machine.ts'
import { multiplyHigh } from './wgsl/angles.ts'
import { halfSupport } from './wgsl/half.ts'
import { flat, flatIndex, flatSize } from './wgsl/index.ts'
import { elementType, stored } from './wgsl/operand.ts'

/**
 * `fn philox(block, key) -> vec4u`: the words of the block with that counter.
 *
 * @see Salmon et al. 2011, Parallel random numbers: as easy as 1, 2, 3
 */
export const philox: string = `${multiplyHigh}
fn philox(block: u32, key: vec2u) -> vec4u {
  var c = vec4u(block, 0u, 0u, 0u);
  var k = key;
  for (var round = 0u; round < 10u; round++) {
    let high0 = multiplyHigh(0xd2511f53u, c.x);
    let high1 = multiplyHigh(0xcd9e8d57u, c.z);
    c = vec4u(high1 ^ c.y ^ k.x, 0xcd9e8d57u * c.z, high0 ^ c.w ^ k.y, 0xd2511f53u * c.x);
    k += vec2u(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}
`

const randomBits: Program = {
  key: 'randomBits',
  source: () => ({
    bindings: [{ name: 'output', element: 'vec4u', written: true }],
    parameters: { count: 'u32', key0: 'u32', key1: 'u32' },
    workgroup: [flatSize],
    declarations: philox,
    body: `${flatIndex}  output[index] = philox(index, vec2u(parameters.key0, parameters.key1));`,
  }),
}

const dropoutProgram = (dtype: DType): Program => ({
  key: `dropout ${dtype}`,
  source: () => ({
    enables: halfSupport(dtype).enables,
    bindings: [
      { name: 'input', element: `vec4<${elementType[dtype]}>` },
      { name: 'output', element: `vec4<${elementType[dtype]}>`, written: true },
    ],
    parameters: { count: 'u32', key0: 'u32', key1: 'u32', threshold: 'u32', scale: 'f32' },
    workgroup: [flatSize],
    declarations: halfSupport(dtype).functions + philox,
    body: `${flatIndex}  let words = philox(index, vec2u(parameters.key0, parameters.key1));
  let kept = select(vec4f(input[index]) * parameters.scale, vec4f(0.0), words < vec4u(parameters.threshold));
  output[index] = ${stored(dtype, 'kept')};`,
  }),
})

export function randomness(machine: Machine): Pick<Kernels, 'randomBits'> {
  return {
    randomBits: (_, { key }, [y]) => {
      const quads = Math.ceil(y!.size / 4)
      machine.run(randomBits, [y!], [quads, ...key], flat(quads))
    },
  }
}

export function dropout(machine: Machine): Pick<FusedKernels, 'dropout'> {
  return {
    dropout: ([x], { key, rate }, [y]) => {
      const quads = Math.ceil(y!.size / 4)
      const words = [...key, dropoutThreshold(rate), bitsOf(1 / (1 - rate))]
      machine.run(dropoutProgram(y!.dtype), [x!, y!], [quads, ...words], flat(quads))
    },
  }
}
