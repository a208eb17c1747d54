import type { Kernel, Kernels } from '../backend.ts'
import type { ReductionParameters } from '../primitives.ts'
import { type Shape, sizeOf } from '../shape.ts'
import type { Machine } from './machine.ts'
import type { DeviceArray } from './target.ts'

/** Longer sums are formed from sums of about √n terms, which rounds less and gives more threads something to do. */
const longest = 32

/** x seen as `[outer, count, inner]`, of which the middle axis is folded. */
interface Fold {
  readonly outer: number
  readonly count: number
  readonly inner: number
}

export function reduction(machine: Machine): Pick<Kernels, 'sum' | 'maxOver'> {
  return { sum: reduce('total'), maxOver: reduce('largest') }

  function reduce(loop: string): Kernel<ReductionParameters> {
    return ([x], { axes }, [y]) => {
      if (y!.size === 0) return
      // A sum of nothing: no tensor without elements has a largest one.
      if (x!.size === 0) return machine.put(y!.buffer, new Float32Array(y!.size))
      let folded = machine.array(x!)
      let owned = false
      const replace = (next: DeviceArray): void => {
        if (owned) machine.device.free(folded)
        folded = next
        owned = true
      }
      for (const step of foldsOf(x!.shape, axes)) replace(fold(loop, folded, step))
      if (!owned) replace(machine.device.compute(y!.size, 'x[this.thread.x]', { x: folded }))
      machine.store(y!, folded)
    }
  }

  function fold(loop: string, x: DeviceArray, { outer, count, inner }: Fold): DeviceArray {
    const chunk = count > longest ? Math.ceil(Math.sqrt(count)) : count
    const chunks = Math.ceil(count / chunk)
    const first =
      'along(this.thread.x, row, outer, block) + along(this.thread.x, inner, chunks, stride) + remainder(this.thread.x, inner)'
    const terms = 'upTo(along(this.thread.x, inner, chunks, chunk), chunk, count)'
    const integers = {
      outer,
      count,
      inner,
      chunk,
      chunks,
      row: chunks * inner,
      block: count * inner,
      stride: chunk * inner,
    }
    const folded = machine.device.compute(
      outer * chunks * inner,
      `${loop}(x, ${first}, ${terms}, inner)`,
      { x },
      integers,
    )
    if (chunks === 1) return folded
    const result = fold(loop, folded, { outer, count: chunks, inner })
    machine.device.free(folded)
    return result
  }
}

/** One fold for each run of neighbouring axes to be reduced, from the last to the first. */
function foldsOf(shape: Shape, axes: readonly number[]): Fold[] {
  const folds: Fold[] = []
  let inner = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (!axes.includes(axis)) {
      inner *= shape[axis]!
      continue
    }
    let count = shape[axis]!
    while (axes.includes(axis - 1)) count *= shape[--axis]!
    folds.push({ outer: sizeOf(shape.slice(0, axis)), count, inner })
  }
  return folds
}
