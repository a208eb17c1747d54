/** How invocations share rows. */
export interface Sharing {
  /** invocations of a row, a power of two */
  readonly lanes: number
  /** those of a workgroup */
  readonly size: number
  /** whether a subgroup joins without workgroup memory; a workgroup has one row then */
  readonly subgroups: boolean
}

/** `joinedSum` and `joinedLargest`, of what the invocations of a row have found. */
interface Joins {
  readonly enables: readonly string[]
  readonly declarations: string
  /** at the start of main */
  readonly before: string
}

/** In an order that shapes and the device fix. */
export function joinsOf({ lanes, size, subgroups }: Sharing): Joins {
  if (lanes === 1) return alone
  return subgroups ? bySubgroups(size) : byHalves(lanes, size)
}

const alone: Joins = {
  enables: [],
  declarations: `
fn joinedSum(x: f32) -> f32 { return x; }
fn joinedLargest(x: f32) -> f32 { return x; }`,
  before: '',
}

/** Half of the invocations add what the other half has, and so on, in workgroup memory. */
function byHalves(lanes: number, size: number): Joins {
  const join = (name: string, formula: string): string => `
fn ${name}(x: f32) -> f32 {
  let lane = laneOf;
  workgroupBarrier();
  partial[lane] = x;
  for (var half = ${lanes / 2}u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane % ${lanes}u < half) { partial[lane] = ${formula}; }
  }
  workgroupBarrier();
  return partial[lane - lane % ${lanes}u];
}`
  return {
    enables: [],
    declarations: `
var<private> laneOf: u32;
var<workgroup> partial: array<f32, ${size}>;
${join('joinedSum', 'partial[lane] + partial[lane + half]')}
${join('joinedLargest', 'larger(partial[lane], partial[lane + half])')}`,
    before: '  laneOf = lane;',
  }
}

/**
 * Each subgroup joins its own, then every invocation joins what the subgroups have. A subgroup may have any size, and any
 * invocations: its slot is the number of subgroups whose first invocation comes earlier.
 */
function bySubgroups(size: number): Joins {
  const join = (name: string, ofSubgroup: string, formula: string): string => `
fn ${name}(x: f32) -> f32 {
  let own = ${ofSubgroup};
  workgroupBarrier();
  if (leading) { partial[slot] = own; }
  workgroupBarrier();
  var all = partial[0];
  for (var i = 1u; i < slots; i++) { all = ${formula}; }
  return all;
}`
  const words = Math.ceil(size / 32)
  return {
    enables: ['subgroups'],
    // The largest goes by bits, which order as whole numbers do: NaN above everything, -0 below 0.
    declarations: `
var<private> leading: bool;
var<private> slot: u32;
var<private> slots: u32;
var<workgroup> leaders: array<atomic<u32>, ${words}>;
var<workgroup> partial: array<f32, ${size}>;
fn turned(bits: i32) -> i32 { return bits ^ bitcast<i32>(bitcast<u32>(bits >> 31u) >> 1u); }
${join('joinedSum', 'subgroupAdd(x)', 'all + partial[i]')}
${join(
  'joinedLargest',
  'bitcast<f32>(turned(subgroupMax(select(turned(bitcast<i32>(x)), 0x7fc00000, isNaN(x)))))',
  'larger(all, partial[i])',
)}`,
    before: `  let leader = subgroupMin(lane);
  if (lane < ${words}u) { atomicStore(&leaders[lane], 0u); }
  workgroupBarrier();
  leading = lane == leader;
  if (leading) { atomicOr(&leaders[lane / 32u], 1u << (lane % 32u)); }
  workgroupBarrier();
  for (var i = 0u; i < ${words}u; i++) {
    let bits = atomicLoad(&leaders[i]);
    slots += countOneBits(bits);
    if (i < lane / 32u) { slot += countOneBits(bits); }
    if (i == lane / 32u) { slot += countOneBits(bits & ((1u << (lane % 32u)) - 1u)); }
  }`,
  }
}
