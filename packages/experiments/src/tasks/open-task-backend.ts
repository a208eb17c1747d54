import { type Backend, openBackend } from '@tlc/tensor'
import { UserError } from '../user-error.ts'

/** The backends that tasks can run on. */
export const taskBackends = ['wasm', 'webgpu', 'reference'] as const
export type TaskBackend = (typeof taskBackends)[number]

export interface TaskBackendOptions {
  readonly backend: TaskBackend
  /** of wasm; one per core by default */
  readonly threads?: number | undefined
  /** 256-bit vectors on wasm, where the engine can; true by default */
  readonly wide?: boolean | undefined
}

/**
 * Opens what a task computes with: all cores for one model.
 *
 * @throws UserError if it cannot run here, saying what is missing
 */
export async function openTaskBackend({ backend, threads, wide = true }: TaskBackendOptions): Promise<Backend> {
  try {
    return await openBackend(backend, backend === 'wasm' ? { wide, ...(threads !== undefined && { threads }) } : {})
  } catch (cause) {
    throw new UserError(`the backend ${backend} cannot run here: ${(cause as Error).message}`, { cause })
  }
}
