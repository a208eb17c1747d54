/**
 * Checks that browsers cannot do without, since they run the code of strangers: of every index, and of workgroup memory
 * that is read before it is written. The kernels here do neither, and are several times as fast without on adapters that
 * are processors.
 */
const unchecked = 'enable-dawn-features=disable_robustness,disable_workgroup_init'

/** Time stamps are rounded to 65 µs, lest strangers' code spies by them; that is longer than most kernels take. */
const exactTimes = 'disable-dawn-features=timestamp_quantization'

/**
 * WebGPU in Node: Dawn, from npm's `webgpu`, an optional peer dependency.
 *
 * @returns what a browser has as `navigator.gpu`. Hold it as long as devices made from it are in use: Dawn frees what
 *   they stand on with it. A process does not end while it is held.
 * @throws Error that says what to install
 */
export async function openDawn(): Promise<GPU> {
  // The name is not a literal, so that bundlers for browsers leave the import alone.
  const name = 'webgpu'
  try {
    const { create } = (await import(/* @vite-ignore */ /* webpackIgnore: true */ name)) as typeof import('webgpu')
    return create([unchecked, exactTimes])
  } catch (cause) {
    throw new Error(
      `WebGPU: there is no navigator.gpu here, and Dawn did not load (${(cause as Error).message}); ` +
        "in Node, npm install webgpu (0.6.2 or newer); elsewhere, openBackend('wasm')",
      { cause },
    )
  }
}
