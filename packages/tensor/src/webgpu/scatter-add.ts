import type { View } from '../backend.ts'
import { sizeOf } from '../shape.ts'
import type { Program } from './device/program.ts'
import type { Machine } from './machine.ts'
import { flat, flatIndex, flatSize } from './wgsl/index.ts'

export interface Scatter {
  readonly axis: number
  /** of the output along the axis */
  readonly size: number
  /** an id that is left out; -1 for none. Those outside are left out as well */
  readonly skipped: number
}

/** Ids of a block: those of a workgroup. */
const blockSize = flatSize

/** Words of bits for each row, at most: 32,768 ids are added at a time. */
const mostWords = 16
const idsInWord = 32 * blockSize

const counts = `fn counts(id: i32) -> bool { return id >= 0 && id < i32(parameters.size) && id != parameters.skipped; }
`

/** Output and bits at zero. */
const cleared: Program = {
  key: 'scatterAdd, zeros',
  source: () => ({
    bindings: [
      { name: 'output', element: 'vec4u', written: true },
      { name: 'blocks', element: 'vec4u', written: true },
    ],
    parameters: { count: 'u32', quads: 'u32' },
    workgroup: [flatSize],
    body: `${flatIndex}  if (index < parameters.quads) { output[index] = vec4u(0u); } else { blocks[index - parameters.quads] = vec4u(0u); }`,
  }),
}

/** A bit for each block in which a row's id is. */
const marked: Program = {
  key: 'scatterAdd, blocks of ids',
  source: () => ({
    bindings: [
      { name: 'ids', element: 'i32' },
      { name: 'blocks', element: 'atomic<u32>', written: true },
    ],
    parameters: { count: 'u32', first: 'u32', size: 'u32', skipped: 'i32', words: 'u32' },
    workgroup: [flatSize],
    declarations: counts,
    body: `${flatIndex}  let id = ids[parameters.first + index];
  let block = index / ${blockSize}u;
  if (counts(id)) { atomicOr(&blocks[u32(id) * parameters.words + block / 32u], 1u << (block % 32u)); }`,
  }),
}

/** For each place among the ids: whether it is the first with its id, and the next with the same, `count` if none is. */
const chained: Program = {
  key: 'scatterAdd, chains of ids',
  source: () => ({
    bindings: [
      { name: 'ids', element: 'vec4i' },
      { name: 'blocks', element: 'u32' },
      { name: 'chains', element: 'vec2u', written: true },
    ],
    parameters: { count: 'u32', first: 'u32', size: 'u32', skipped: 'i32', words: 'u32' },
    workgroup: [flatSize],
    declarations: `${counts}
fn bitsIn(id: i32, start: u32) -> u32 {
  var bits = 0u;
  let end = min(start + 8u, (parameters.count + 3u) / 4u);
  for (var i = start; i < end; i++) {
    let same = vec4u(ids[parameters.first / 4u + i] == vec4i(id)) << vec4u(0u, 1u, 2u, 3u);
    bits |= (same.x | same.y | same.z | same.w) << (4u * (i - start));
  }
  return bits;
}
/** A bit for each place of a block that has the id. What lies behind the last id counts too, but is never the lowest. */
fn placesOf(id: i32, block: u32) -> vec2u { return vec2u(bitsIn(id, 16u * block), bitsIn(id, 16u * block + 8u)); }
fn lowest(bits: vec2u) -> u32 { return select(32u + countTrailingZeros(bits.y), countTrailingZeros(bits.x), bits.x != 0u); }
fn bitsUpTo(place: u32) -> vec2u {
  let ends = vec2u(min(place, 31u), max(place, 31u) - 31u);
  return vec2u(0xffffffffu >> (31u - ends.x), ((1u << ends.y) - 1u) | select(0u, 0xffffffffu, ends.y == 32u));
}`,
    body: `${flatIndex}  let id = ids[(parameters.first + index) / 4u][index % 4u];
  if (!counts(id)) { chains[index] = vec2u(0u, parameters.count); return; }
  let block = index / ${blockSize}u;
  let own = placesOf(id, block);
  let upTo = bitsUpTo(index % ${blockSize}u);
  let row = u32(id) * parameters.words;
  let word = block / 32u;
  let higher = (0xffffffffu << (block % 32u)) << 1u;
  var first = 64u * block + lowest(own) == index && (blocks[row + word] & ((1u << (block % 32u)) - 1u)) == 0u;
  for (var w = 0u; first && w < word; w++) { first = blocks[row + w] == 0u; }
  var next = parameters.count;
  let later = own & ~upTo;
  if (any(later != vec2u(0u))) {
    next = min(next, 64u * block + lowest(later));
  } else {
    var w = word;
    var bits = blocks[row + w] & higher;
    while (bits == 0u && w + 1u < parameters.words) { w++; bits = blocks[row + w]; }
    if (bits != 0u) {
      let other = 32u * w + countTrailingZeros(bits);
      next = 64u * other + lowest(placesOf(id, other));
    }
  }
  chains[index] = vec2u(select(0u, 1u, first), next);`,
  }),
}

interface Sums {
  readonly type: 'f32' | 'i32'
  /** whether rows are made of fours */
  readonly wide: boolean
  /** whether the output has sums of earlier ids already */
  readonly onTop: boolean
}

/**
 * One invocation follows the chain of an id, for one column or four. Four places are found before their updates are
 * read, so that their ways through memory overlap; what is behind the end of a chain adds 0.
 */
function added({ type, wide, onTop }: Sums): Program {
  const element = wide ? `vec4<${type}>` : type
  return {
    key: `scatterAdd ${type} ${wide} ${onTop}`,
    source: () => ({
      bindings: [
        { name: 'updates', element },
        { name: 'ids', element: 'i32' },
        { name: 'chains', element: 'vec2u' },
        { name: 'output', element, written: true },
      ],
      parameters: { count: 'u32', places: 'u32', first: 'u32', ids: 'u32', size: 'u32', inner: 'u32' },
      workgroup: [flatSize],
      declarations: `
fn after(place: u32) -> u32 {
  if (place >= parameters.places) { return place; }
  return chains[place].y;
}`,
      body: `${flatIndex}  let row = index / parameters.inner;
  let column = index % parameters.inner;
  let start = row % parameters.places;
  if (chains[start].x == 0u) { return; }
  let outer = row / parameters.places;
  let base = (outer * parameters.ids + parameters.first) * parameters.inner + column;
  let result = (outer * parameters.size + u32(ids[parameters.first + start])) * parameters.inner + column;
  var total = ${onTop ? 'output[result]' : `${element}(0)`};
  for (var place = start; place < parameters.places;) {
    let second = after(place);
    let third = after(second);
    let fourth = after(third);
    total += updates[base + place * parameters.inner];
${['second', 'third', 'fourth']
  .map(
    (each) =>
      `    total += select(${element}(0), updates[base + min(${each}, parameters.places - 1u) * parameters.inner], ${each} < parameters.places);`,
  )
  .join('\n')}
    place = after(fourth);
  }
  output[result] = total;`,
    }),
  }
}

/**
 * y `[..., size, ...]` = Σ of updates `[..., ids, ...]` whose id is the place along the axis, in the order of the ids, by
 * one invocation for each place: the same bits every time.
 *
 * Ids are taken by blocks of 64. Each row of y has a bit for each block that has its id; bits are set atomically, which
 * has one outcome. So an id finds the next one like it in its own block and in one other, and all of this is linear in
 * the ids.
 */
export function scatterAdd(
  machine: Machine,
  updates: View,
  ids: View,
  y: View,
  { axis, size, skipped }: Scatter,
): void {
  if (y.size === 0) return
  const quads = Math.ceil(y.size / 4)
  const inner = sizeOf(y.shape.slice(axis + 1))
  const outer = y.size / (size * inner)
  const wide = inner % 4 === 0
  const type = y.dtype === 'f32' ? 'f32' : 'i32'
  const words = Math.max(1, Math.min(Math.ceil(ids.size / idsInWord), mostWords))
  const chunk = words * idsInWord
  const bitQuads = Math.ceil((size * words) / 4)
  machine.withScratch(16 * bitQuads, (blocks) => {
    machine.withScratch(8 * Math.min(ids.size, chunk), (chains) => {
      for (let first = 0; first === 0 || first < ids.size; first += chunk) {
        const places = Math.min(ids.size - first, chunk)
        const zeros = first === 0 ? quads : 0
        machine.run(cleared, [y, blocks], [zeros + bitQuads, zeros], flat(zeros + bitQuads))
        const found = [places, first, size, skipped >>> 0, words]
        machine.run(marked, [ids, blocks], found, flat(places))
        machine.run(chained, [ids, blocks, chains], found, flat(places))
        const steps = wide ? inner / 4 : inner
        const count = outer * places * steps
        const program = added({ type, wide, onTop: first > 0 })
        machine.run(program, [updates, ids, chains, y], [count, places, first, ids.size, size, steps], flat(count))
      }
    })
  })
}
