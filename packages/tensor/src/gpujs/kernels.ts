import type { Kernel, Kernels, View } from '../backend.ts'
import type { Primitives } from '../primitives.ts'
import { kernels as reference } from '../reference/kernels.ts'
import { contraction } from './contraction.ts'
import { elementwise } from './elementwise.ts'
import { onHost } from './host.ts'
import { indexing } from './indexing.ts'
import { exactLimit, type Machine } from './machine.ts'
import { movement } from './movement.ts'
import { pairwise } from './pairwise.ts'
import { reduction } from './reduction.ts'

/** Primitives that the device can do for some tensors at least. Random words are whole numbers of 32 bits. */
type OnDevice = Exclude<keyof Kernels, 'randomBits'>

type Fits<P> = (inputs: readonly View[], parameters: P) => boolean

const isFloat = ({ dtype }: Pick<View, 'dtype'>): boolean => dtype === 'f32' || dtype === 'bool'
const floats: Fits<unknown> = (inputs) => inputs.every(isFloat)

/** For which tensors. The device has one kind of number, float32: it computes what is f32 or bool. */
const fits: { readonly [P in OnDevice]: Fits<Primitives[P]> } = {
  neg: floats,
  exp: floats,
  log: floats,
  sqrt: floats,
  sin: floats,
  cos: floats,
  tanh: floats,
  erf: floats,
  round: floats,
  cast: ([x], to) => isFloat(x!) && isFloat(to),
  add: floats,
  sub: floats,
  mul: floats,
  div: floats,
  max: floats,
  less: floats,
  equal: floats,
  where: floats,
  sum: floats,
  maxOver: floats,
  matmul: floats,
  permute: floats,
  expand: floats,
  pad: floats,
  slice: floats,
  concat: floats,
  // Ids and places become floats, too.
  gather: ([x], { axis }) => isFloat(x!) && x!.shape[axis]! <= exactLimit,
  scatterAdd: ([updates, ids]) => isFloat(updates!) && ids!.size <= exactLimit,
}

/** Every primitive: on the device where it can, else on the host by the reference backend's kernels. */
export function kernelsOf(machine: Machine): Kernels {
  const device: Pick<Kernels, OnDevice> = {
    ...elementwise(machine),
    ...pairwise(machine),
    ...reduction(machine),
    ...contraction(machine),
    ...movement(machine),
    ...indexing(machine),
  }
  const choice = <P extends OnDevice>(name: P): Kernel<unknown> => {
    const fit = fits[name] as Fits<unknown>
    const fast = device[name] as Kernel<unknown>
    const slow = onHost(machine, reference[name] as Kernel<unknown>)
    return (inputs, parameters, outputs) => (fit(inputs, parameters) ? fast : slow)(inputs, parameters, outputs)
  }
  const chosen = Object.fromEntries(Object.keys(fits).map((name) => [name, choice(name as OnDevice)]))
  return { ...(chosen as unknown as Pick<Kernels, OnDevice>), randomBits: onHost(machine, reference.randomBits) }
}
