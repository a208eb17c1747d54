import type { Backend } from './backend.ts'

let current: Backend | undefined

/** Makes a backend the one on which new tensors live. */
export function useBackend(backend: Backend): void {
  current = backend
}

/**
 * The backend on which new tensors live.
 *
 * @throws Error if none was chosen
 */
export function currentBackend(): Backend {
  if (!current) throw new Error("no backend is in use; write useBackend(await openBackend('wasm')) first")
  return current
}

/** Runs a function with another backend in use. */
export function withBackend<T>(backend: Backend, run: () => T): T {
  const before = current
  current = backend
  try {
    return run()
  } finally {
    current = before
  }
}

/** @internal Forgets a backend that was closed. */
export function leaveBackend(backend: Backend): void {
  if (current === backend) current = undefined
}
