/** The class that gpu.js exports. */
export type Library = typeof import('gpu.js').GPU

/**
 * gpu.js, which is an optional dependency, loaded when it is first needed.
 *
 * @throws Error that says how to install it
 */
export async function loadLibrary(): Promise<Library> {
  try {
    const loaded = await import('gpu.js')
    // Its builds for Node and for browsers export different things, but both these.
    return (loaded.default as { GPU: Library }).GPU
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(
      `openBackend('gpujs'): the package gpu.js cannot be loaded; write: npm install gpu.js (${reason})`,
      {
        cause,
      },
    )
  }
}
