import type { FusedKernels, Kernels, View } from '../backend.ts'
import { sizeOf } from '../shape.ts'
import type { Machine } from './machine.ts'
import { assembled, elementOf, perWord, wordsOf } from './movement.ts'
import type { Program } from './program.ts'
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

/**
 * For each place among the ids: whether it is the first with its id, and which place is the next with the same, `count`
 * if none is. Ids outside, and the one that is skipped, are nobody's.
 */
const chained: Program = {
  key: 'chains of ids',
  source: () => ({
    bindings: [
      { name: 'ids', element: 'i32' },
      { name: 'chains', element: 'vec2u', written: true },
    ],
    parameters: { count: 'u32', size: 'u32', skipped: 'i32' },
    workgroup: [flatSize],
    body: `${flatIndex}  let id = ids[index];
  var first = id >= 0 && id < i32(parameters.size) && id != parameters.skipped;
  for (var place = 0u; first && place < index; place++) { first = ids[place] != id; }
  var next = index + 1u;
  while (next < parameters.count && ids[next] != id) { next++; }
  chains[index] = vec2u(select(0u, 1u, first), next);`,
  }),
}

/** Adds what belongs to one place, in the order of the ids: one invocation follows the chain of an id. */
function added(type: 'f32' | 'i32'): Program {
  return {
    key: `scatterAdd ${type}`,
    source: () => ({
      bindings: [
        { name: 'updates', element: type },
        { name: 'ids', element: 'i32' },
        { name: 'chains', element: 'vec2u' },
        { name: 'output', element: type, written: true },
      ],
      parameters: { count: 'u32', ids: 'u32', size: 'u32', inner: 'u32' },
      workgroup: [flatSize],
      body: `${flatIndex}  let row = index / parameters.inner;
  let column = index % parameters.inner;
  var place = row % parameters.ids;
  if (chains[place].x == 0u) { return; }
  let outer = row / parameters.ids;
  let id = u32(ids[place]);
  var total: ${type} = 0;
  while (place < parameters.ids) {
    total += updates[(outer * parameters.ids + place) * parameters.inner + column];
    place = chains[place].y;
  }
  output[(outer * parameters.size + id) * parameters.inner + column] = total;`,
    }),
  }
}

const zeroed: Program = {
  key: 'zeros',
  source: () => ({
    bindings: [{ name: 'output', element: 'vec4u', written: true }],
    parameters: { count: 'u32' },
    workgroup: [flatSize],
    body: `${flatIndex}  output[index] = vec4u(0u);`,
  }),
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

interface Scatter {
  readonly axis: number
  readonly size: number
  /** an id that is left out; -1 for none */
  readonly skipped: number
}

function scatterAdd(machine: Machine, updates: View, ids: View, y: View, { axis, size, skipped }: Scatter): void {
  const quads = Math.ceil(y.size / 4)
  machine.run(zeroed, [y], [quads], flat(quads))
  if (updates.size === 0 || y.size === 0) return
  const inner = sizeOf(y.shape.slice(axis + 1))
  machine.withScratch(8 * ids.size, (chains) => {
    machine.run(chained, [ids, chains], [ids.size, size, skipped >>> 0], flat(ids.size))
    const program = added(y.dtype === 'f32' ? 'f32' : 'i32')
    machine.run(program, [updates, ids, chains, y], [updates.size, ids.size, size, inner], flat(updates.size))
  })
}
