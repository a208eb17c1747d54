import type { Parameter, Transform } from '@tlc/nn'
import { scope, type Tensor, tensor, where } from '@tlc/tensor'

/** Which entries of a weight are kept: 1, and which are pruned: 0; row-major. */
export type Mask = Uint8Array

interface Installed {
  readonly kept: Mask
  /** The same on the weight's backend, bool, of the weight's shape. */
  readonly condition: Tensor
}

const installed = new WeakMap<Transform, Installed>()

/**
 * Puts a mask on a parameter: from now on its value is w where the mask is 1 and exactly 0 elsewhere, and so is the
 * gradient that reaches its stored values. Momentum and weight decay may move a stored value under the mask; the
 * value stays 0. A mask that was there is replaced.
 *
 * @throws RangeError if the mask has another size than the parameter, or anything in it but 0 and 1
 */
export function setMask(parameter: Parameter, mask: Mask): void {
  const { shape, size, backend } = parameter.stored
  if (mask.length !== size) {
    throw new RangeError(`setMask: the mask has ${mask.length} entries, the parameter ${size}; they must be equal`)
  }
  const wrong = mask.findIndex((flag) => flag > 1)
  if (wrong >= 0) throw new RangeError(`setMask: entry ${wrong} is ${mask[wrong]}, expected 0 (pruned) or 1 (kept)`)
  removeMask(parameter)
  const kept = mask.slice()
  const condition = tensor(kept, { shape, dtype: 'bool', backend })
  // It lives as long as the mask is set, whatever scope happens to be open now.
  condition.moveTo(undefined)
  const transform: Transform = (weight) => where(condition, weight, 0)
  installed.set(transform, { kept, condition })
  parameter.transforms.push(transform)
}

/** The mask on a parameter, if any: a copy. */
export function maskOf(parameter: Parameter): Mask | undefined {
  return find(parameter)?.kept.slice()
}

/** Takes the mask off a parameter: its stored values, as they are, count again. See `bakeIn` to keep the zeros. */
export function removeMask(parameter: Parameter): void {
  const found = find(parameter)
  if (!found) return
  parameter.transforms.splice(parameter.transforms.indexOf(found.transform), 1)
  found.condition.dispose()
}

/** Writes the zeros of its mask into a parameter's stored values, and takes the mask off. */
export function bakeIn(parameter: Parameter): void {
  const found = find(parameter)
  if (!found) return
  using _inner = scope()
  parameter.stored.assign(found.transform(parameter.stored))
  removeMask(parameter)
}

/** What a parameter's mask does to a tensor of its shape, if there is one: keeps it where the mask is 1, else 0. */
export function maskingOf(parameter: Parameter): Transform | undefined {
  return find(parameter)?.transform
}

function find(parameter: Parameter): (Installed & { readonly transform: Transform }) | undefined {
  for (const transform of parameter.transforms) {
    const found = installed.get(transform)
    if (found) return { ...found, transform }
  }
  return undefined
}
