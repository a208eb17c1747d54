import type { Tensor } from '@tlc/tensor'
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'

/** What came out of a graph. */
export interface OnnxResult {
  readonly shape: readonly number[]
  readonly data: ArrayLike<number>
}

/** Runs a graph of ids by onnxruntime. */
export async function runOnnx(
  file: Uint8Array,
  ids: { readonly [name: string]: Tensor },
): Promise<{ readonly [name: string]: OnnxResult }> {
  const session = await InferenceSession.create(file, {
    logSeverityLevel: 3,
    intraOpNumThreads: 1,
    // Products with decoded weights in f32: by default onnxruntime rounds their other operand to 8 bits.
    extra: { session: { qdq_matmulnbits_accuracy_level: '1' } },
  })
  try {
    const feeds: { [name: string]: OrtTensor } = {}
    for (const [name, x] of Object.entries(ids)) {
      feeds[name] = new OrtTensor('int64', BigInt64Array.from(await x.data(), BigInt), x.shape)
    }
    const results = await session.run(feeds)
    return Object.fromEntries(
      Object.entries(results).map(([name, { dims, data }]) => [name, { shape: dims, data: data as Float32Array }]),
    )
  } finally {
    await session.release()
  }
}
