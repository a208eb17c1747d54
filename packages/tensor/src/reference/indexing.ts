import type { Kernels } from '../backend.ts'
import { sizeOf } from '../shape.ts'
import { elements } from './memory.ts'

export const indexing: Pick<Kernels, 'gather' | 'scatterAdd'> = {
  gather: ([x, ids], { axis }, [y]) => {
    const [input, places, output] = [elements(x!), elements(ids!), elements(y!)]
    const length = x!.shape[axis]!
    const outer = sizeOf(x!.shape.slice(0, axis))
    const inner = sizeOf(x!.shape.slice(axis + 1))
    let next = 0
    for (let o = 0; o < outer; o++) {
      for (const id of places) {
        const start = (o * length + Math.min(Math.max(id, 0), length - 1)) * inner
        for (let i = 0; i < inner; i++) output[next++] = input[start + i]!
      }
    }
  },
  scatterAdd: ([updates, ids], { axis, size }, [y]) => {
    const [input, places, output] = [elements(updates!), elements(ids!), elements(y!)]
    const outer = sizeOf(y!.shape.slice(0, axis))
    const inner = sizeOf(y!.shape.slice(axis + 1))
    const totals = new Float64Array(output.length)
    let next = 0
    for (let o = 0; o < outer; o++) {
      for (const id of places) {
        const start = (o * size + id) * inner
        const counts = id >= 0 && id < size
        for (let i = 0; i < inner; i++, next++) if (counts) totals[start + i]! += input[next]!
      }
    }
    output.set(totals)
  },
}
