import { existsSync } from 'node:fs'
import type { Tensor } from '@tlc/tensor'

/** What came out of a graph. */
export interface OnnxResult {
  readonly shape: readonly number[]
  readonly data: ArrayLike<number>
}

const oracle = new URL('../../../oracle/', import.meta.url)

/** Whether onnxruntime is there: `npm ci` in `oracle` installs it, and that of the repository, for its size, does not. */
export const hasOnnxRuntime: boolean = existsSync(new URL('node_modules/onnxruntime-node', oracle))

const types: { readonly [dtype: string]: string } = { f32: 'float32', bool: 'bool', i32: 'int64' }

/** Runs a graph by onnxruntime, whole numbers given as int64. */
export async function runOnnx(
  file: Uint8Array,
  given: { readonly [name: string]: Tensor },
): Promise<{ readonly [name: string]: OnnxResult }> {
  const { runOnnx: run } = await import(new URL('run-onnx.js', oracle).href)
  const inputs: { [name: string]: object } = {}
  for (const [name, x] of Object.entries(given)) {
    const data = await x.data()
    inputs[name] = {
      type: types[x.dtype],
      data: x.dtype === 'i32' ? BigInt64Array.from(data, BigInt) : data,
      dims: x.shape,
    }
  }
  return run(file, inputs)
}
