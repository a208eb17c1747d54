import type { FusedKernels, Kernels, View } from '../backend.ts'
import { sizeOf } from '../shape.ts'
import type { Program } from './device/program.ts'
import type { Machine } from './machine.ts'
import { assembled, elementOf, perWord, wordsOf } from './movement.ts'
import { scatterAdd } from './scatter-add.ts'
import { flat, flatIndex, flatSize } from './wgsl/index.ts'

function gathered(count: number): Program {
  return {
    key: `gather ${count}`,
    source: () => ({
      bindings: [
        { name: 'input', element: 'u32' },
        { name: 'ids', element: 'i32' },
        { name: 'output', element: 'u32', written: true },
      ],
      parameters: { count: 'u32', ids: 'u32', length: 'u32', inner: 'u32' },
      workgroup: [flatSize],
      declarations: `${elementOf(count)}
fn taken(place: u32) -> u32 {
  let row = place / parameters.inner;
  let id = u32(clamp(ids[row % parameters.ids], 0, i32(parameters.length) - 1));
  return element(((row / parameters.ids) * parameters.length + id) * parameters.inner + place % parameters.inner);
}`,
      body: `${flatIndex}${assembled(count, 'taken(place)')}
  output[index] = word;`,
    }),
  }
}

export function indexing(machine: Machine): Pick<Kernels, 'gather' | 'scatterAdd'> {
  return {
    gather: ([x, ids], { axis }, [y]) => gather(machine, x!, ids!, axis, y!),
    scatterAdd: ([updates, ids], { axis, size }, [y]) =>
      scatterAdd(machine, updates!, ids!, y!, { axis, size, skipped: -1 }),
  }
}

export function embedding(machine: Machine): Required<Pick<FusedKernels, 'embedding' | 'embeddingGrad'>> {
  return {
    embedding: ([table, ids], _, [y]) => gather(machine, table!, ids!, 0, y!),
    embeddingGrad: ([g, ids], { rows, paddingIndex }, [y]) =>
      scatterAdd(machine, g!, ids!, y!, { axis: 0, size: rows, skipped: paddingIndex }),
  }
}

function gather(machine: Machine, x: View, ids: View, axis: number, y: View): void {
  if (y.size === 0) return
  const count = wordsOf(y)
  const inner = sizeOf(x.shape.slice(axis + 1))
  machine.run(gathered(perWord(x)), [x, ids, y], [count, ids.size, x.shape[axis]!, inner], flat(count))
}
