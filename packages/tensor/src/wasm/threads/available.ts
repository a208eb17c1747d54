import { builtin } from './start.ts'

/** Most threads that are started unasked: beyond, kernels are bound by memory more than by cores. */
const mostByDefault = 8

/** Most threads at all. */
const most = 1024

/**
 * The number of threads to run on.
 *
 * @param wanted by default one for each core, 8 at most, and 1 where memory cannot be shared
 * @throws RangeError for what is no number of threads, Error for more than one where memory cannot be shared
 */
export function threadsFor(wanted: number | undefined): number {
  if (wanted === undefined) return canShare() ? Math.min(cores(), mostByDefault) : 1
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > most) {
    throw new RangeError(`openBackend('wasm'): threads must be a whole number from 1 to ${most}, got ${wanted}`)
  }
  if (wanted > 1 && !canShare()) {
    throw new Error(
      `openBackend('wasm'): ${wanted} threads need shared memory, which this page does not have: serve it with the headers ` +
        "'Cross-Origin-Opener-Policy: same-origin' and 'Cross-Origin-Embedder-Policy: require-corp', or leave threads out",
    )
  }
  return wanted
}

/** Whether memory can be shared with workers: everywhere but in pages that are not cross-origin isolated. */
function canShare(): boolean {
  return typeof SharedArrayBuffer !== 'undefined' && globalThis.crossOriginIsolated !== false
}

function cores(): number {
  return builtin?.('node:os').availableParallelism() ?? navigator.hardwareConcurrency
}
