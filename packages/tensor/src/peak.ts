import { apply } from './apply.ts'
import type { Backend } from './backend.ts'
import { withBackend } from './context.ts'
import { zeros } from './create.ts'
import type { Primitive, Primitives } from './primitives.ts'
import type { Shape } from './shape.ts'
import type { Tensor } from './tensor.ts'

/** The best rates that a device was seen to reach. */
export interface Peak {
  /** of a large product, f32 */
  readonly gigaflopsPerSecond: number
  /** of a copy or a negation, whichever is faster: what it reads and what it writes */
  readonly gigabytesPerSecond: number
}

const attempts = 7
/** Rows and columns of the product: 0.27 GFLOP. */
const side = 512
/** Elements of the copy: 8 MB read, 8 MB written. */
const elements = 2 ** 21

/**
 * Measures, for some tens of milliseconds on a fast backend, the best of a few runs of a product [512, 512] · [512, 512],
 * and of a copy of 8 MB: `pad` by nothing where that is one, or `neg` where the kernel of `pad` computes places.
 *
 * @throws Error if a profile is open
 */
export async function measurePeak(backend: Backend): Promise<Peak> {
  const transposes = { transposeA: false, transposeB: false }
  const product = await bestSeconds(backend, 'matmul', [side, side], 2, transposes)
  const copy = Math.min(
    await bestSeconds(backend, 'pad', [elements], 1, { before: [0], after: [0], value: 0 }),
    await bestSeconds(backend, 'neg', [elements], 1, {}),
  )
  return { gigaflopsPerSecond: (2 * side ** 3) / product / 1e9, gigabytesPerSecond: (8 * elements) / copy / 1e9 }
}

async function bestSeconds<P extends Primitive>(
  backend: Backend,
  op: P,
  shape: Shape,
  inputs: number,
  parameters: Primitives[P],
): Promise<number> {
  const given = withBackend(backend, () => Array.from({ length: inputs }, () => zeros(shape)))
  let best = Number.POSITIVE_INFINITY
  for (let attempt = 0; attempt < attempts; attempt++)
    best = Math.min(best, await secondsOf(backend, op, given, parameters))
  for (const each of given) each.dispose()
  return best
}

/** Of the kernel alone where its time is known, else until something of the result has been read. */
async function secondsOf<P extends Primitive>(
  backend: Backend,
  op: P,
  given: readonly Tensor[],
  parameters: Primitives[P],
): Promise<number> {
  using profile = backend.profile()
  const start = performance.now()
  using made = apply(op, given, parameters)[0]!
  const corner = { start: made.shape.map(() => 0), end: made.shape.map(() => 1) }
  using read = apply('slice', [made], corner)[0]!
  await read.data()
  const elapsed = performance.now() - start
  const { timed, milliseconds } = (await profile.report()).find((row) => row.op === op)!
  // Time stamps that a browser rounds may be equal.
  return (timed === 'kernel' && milliseconds > 0 ? milliseconds : elapsed) / 1000
}
