import type { Backend, BackendName, Choice } from './backend.ts'
import { isProcessor } from './webgpu/device/is-processor.ts'

/** A backend that may be taken where none is asked for. */
export interface Candidate {
  readonly name: BackendName
  /** What makes it the best one, where nothing speaks against it. */
  readonly why: string
  /** What speaks against it here, if anything does. */
  readonly objection: () => Promise<string | undefined>
}

const noObjection = async (): Promise<undefined> => undefined

/** The best one first. */
export const candidates: readonly Candidate[] = [
  { name: 'webgpu', why: 'there is a GPU', objection: noGpu },
  { name: 'wasm', why: 'the fastest on a processor', objection: noObjection },
  { name: 'gpujs', why: 'it needs nothing but WebGL2, or JavaScript', objection: noObjection },
  { name: 'reference', why: 'it runs everywhere', objection: noObjection },
]

/**
 * Opens the first candidate that nothing speaks against and that opens, and notes on it why (`backend.choice`).
 *
 * @throws Error with the reasons of all, if none opens
 */
export async function chooseBackend(
  among: readonly Candidate[],
  open: (name: BackendName) => Promise<Backend>,
): Promise<Backend> {
  const passedOver: Choice['passedOver'][number][] = []
  for (const { name, why, objection } of among) {
    try {
      const against = await objection()
      if (against === undefined) {
        const backend = await open(name)
        backend.choice = { name, why, passedOver }
        return backend
      }
      passedOver.push({ name, why: against })
    } catch (error) {
      passedOver.push({ name, why: error instanceof Error ? error.message : String(error) })
    }
  }
  const reasons = passedOver.map(({ name, why }) => `${name}: ${why}`).join('; ')
  throw new Error(`openBackend: no backend runs here (${reasons})`)
}

/** A GPU of one's own is worth its detours. A driver that computes on processors is slower than WebAssembly. */
async function noGpu(): Promise<string | undefined> {
  const gpu = globalThis.navigator?.gpu
  if (!gpu) return "there is no navigator.gpu; in Node, ask for it: openBackend('webgpu')"
  const adapter = await gpu.requestAdapter()
  if (!adapter) return 'WebGPU finds no adapter'
  const { vendor, architecture } = adapter.info
  if (isProcessor(adapter)) return `the adapter that WebGPU finds is no GPU (${[vendor, architecture].join(' ')})`
  return undefined
}
