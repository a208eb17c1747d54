import { formatShape, reshape, ShapeError, sameShape, scope, slice, type Tensor } from '@tlc/tensor'
import type { Layer } from './forward.ts'

/** How thoroughly to measure. */
export interface CompareOptions {
  /** how often both are measured, one after the other; at least 1, 11 by default */
  readonly rounds?: number
  /** about how long each of them is run in a round, in seconds; 0.01 by default, so that any clock resolves it */
  readonly secondsPerRound?: number
  /** a clock in milliseconds; `performance.now` by default */
  readonly now?: () => number
}

/** A pass takes a microsecond at least: more calls than this only where the clock stands still. */
const mostCalls = 2 ** 16

/** What a forward pass of two layers takes on this device. */
export interface LayerTimes {
  /** of a forward pass of the dense layer, median of the rounds */
  readonly denseSeconds: number
  /** of one of the compressed layer */
  readonly compressedSeconds: number
  /** denseSeconds / compressedSeconds: above 1, compression pays */
  readonly speedup: number
}

/**
 * Times the forward passes of a layer and of what is to replace it, on the device and with the input given: both are
 * warmed up, then measured by turns, the one that goes first changing from round to round, so that whatever else the
 * machine does meets both. What a device computes later is waited for, by reading one element of the last result.
 *
 * @param input what both layers take
 * @throws ShapeError if the layers' outputs differ in shape, or have no element
 * @throws RangeError for rounds or seconds that are not positive, or a clock that stands still
 */
export async function compareLayers(
  dense: Layer,
  compressed: Layer,
  input: Tensor,
  options: CompareOptions = {},
): Promise<LayerTimes> {
  const { rounds = 11, secondsPerRound = 0.01, now = () => performance.now() } = options
  if (!(rounds >= 1 && secondsPerRound > 0)) {
    throw new RangeError(
      `compareLayers: rounds must be >= 1 and secondsPerRound > 0, got ${rounds} and ${secondsPerRound}`,
    )
  }
  checkOutputs(dense, compressed, input)
  const contestants = [await warmUp(dense), await warmUp(compressed)] as const
  for (let round = 0; round < rounds; round++) {
    for (const each of round % 2 === 0 ? contestants : contestants.toReversed()) {
      each.seconds.push(await secondsOf(each.layer, each.calls))
    }
  }
  const [denseSeconds, compressedSeconds] = contestants.map(({ seconds }) => median(seconds)) as [number, number]
  return { denseSeconds, compressedSeconds, speedup: denseSeconds / compressedSeconds }

  /** Engines compile what is run often anew: so often is as often as in a round. */
  async function warmUp(layer: Layer): Promise<{ layer: Layer; calls: number; seconds: number[] }> {
    await secondsOf(layer, 1)
    let calls = 1
    for (let spent = 0; spent < secondsPerRound && calls < mostCalls; calls *= 2) {
      spent = calls * (await secondsOf(layer, calls))
    }
    const seconds = await secondsOf(layer, calls)
    if (!(seconds > 0))
      throw new RangeError(`compareLayers: by the clock, ${calls} passes took ${seconds} s; give another`)
    return { layer, calls: Math.max(1, Math.ceil(secondsPerRound / seconds)), seconds: [] }
  }

  async function secondsOf(layer: Layer, calls: number): Promise<number> {
    const start = now()
    for (let call = 1; call < calls; call++) {
      using _inner = scope()
      layer.forward(input)
    }
    using last = firstElement(layer, input)
    await last.data()
    return (now() - start) / 1000 / calls
  }
}

/** One element of the output, in memory of its own. */
function firstElement(layer: Layer, input: Tensor): Tensor {
  using inner = scope()
  return inner.keep(slice(reshape(layer.forward(input), [-1]), [0], [1]))
}

function checkOutputs(dense: Layer, compressed: Layer, input: Tensor): void {
  using _inner = scope()
  const [expected, given] = [dense.forward(input), compressed.forward(input)]
  if (!sameShape(expected.shape, given.shape) || expected.size === 0) {
    throw new ShapeError(
      `compareLayers: for an input ${formatShape(input.shape)} the dense layer gives ${formatShape(expected.shape)}, ` +
        `the compressed one ${formatShape(given.shape)}; expected one shape, with at least one element`,
    )
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The faster of two layers, and what both take. */
export interface FasterLayer<L extends Layer> extends LayerTimes {
  readonly layer: L
}

/**
 * The layer to keep: the compressed one where it is faster here, else the dense one, a tie included.
 *
 * @throws as `compareLayers` does
 */
export async function fasterLayer<D extends Layer, C extends Layer>(
  dense: D,
  compressed: C,
  input: Tensor,
  options: CompareOptions = {},
): Promise<FasterLayer<D | C>> {
  const times = await compareLayers(dense, compressed, input, options)
  return { layer: times.speedup > 1 ? compressed : dense, ...times }
}
