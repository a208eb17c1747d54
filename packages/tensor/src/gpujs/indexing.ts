import type { Kernels } from '../backend.ts'
import { sizeOf } from '../shape.ts'
import type { Machine } from './machine.ts'

export function indexing(machine: Machine): Pick<Kernels, 'gather' | 'scatterAdd'> {
  return {
    gather: ([x, ids], { axis }, [y]) => {
      const inner = sizeOf(x!.shape.slice(axis + 1))
      const length = x!.shape[axis]!
      const row = 'clamped(ids[along(this.thread.x, inner, count, one)], length)'
      machine.compute(
        y!,
        `element(x, (quotient(this.thread.x, block) * length + ${row}) * inner + remainder(this.thread.x, inner))`,
        { x: x!, ids: ids! },
        { inner, length, count: ids!.size, one: 1, block: ids!.size * inner },
      )
    },
    scatterAdd: ([updates, ids], { axis, size }, [y]) => {
      if (y!.size === 0) return
      const inner = sizeOf(y!.shape.slice(axis + 1))
      const count = ids!.size
      const { starts, list } = listed(machine.host(ids!), size)
      const arrays = {
        x: machine.array(updates!),
        list: machine.device.upload(list),
        starts: machine.device.upload(starts),
      }
      const place = 'along(this.thread.x, inner, size, one)'
      const base = 'quotient(this.thread.x, block) * count * inner + remainder(this.thread.x, inner)'
      const terms = `whole(starts[${place} + one]) - whole(starts[${place}])`
      const sum = `listed(x, list, whole(starts[${place}]), ${terms}, ${base}, inner)`
      const integers = { inner, size, count, one: 1, block: size * inner }
      machine.store(y!, machine.device.compute(y!.size, sum, arrays, integers))
      machine.device.free(arrays.list)
      machine.device.free(arrays.starts)
    },
  }
}

/** Which ids name each place 0..size-1, in their order, so that each sum has one thread: list[starts[p]..starts[p+1]]. */
function listed(ids: ArrayLike<number>, size: number): { readonly starts: Float32Array; readonly list: Float32Array } {
  const starts = new Float32Array(size + 1)
  const valid = Array.from({ length: ids.length }, (_, i) => i).filter((i) => ids[i]! >= 0 && ids[i]! < size)
  for (const i of valid) starts[ids[i]! + 1]!++
  for (let place = 0; place < size; place++) starts[place + 1]! += starts[place]!
  const next = starts.slice()
  const list = new Float32Array(valid.length)
  for (const i of valid) list[next[ids[i]!]!++] = i
  return { starts, list }
}
