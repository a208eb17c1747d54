import type { Tensor } from '@tlc/tensor'
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'

/** What came out of a graph. */
export interface OnnxResult {
  readonly shape: readonly number[]
  readonly data: ArrayLike<number>
}

const types = { f32: 'float32', bool: 'bool', i32: 'int64' } as const

/** Runs a graph by onnxruntime, whole numbers given as int64. */
export async function runOnnx(
  file: Uint8Array,
  inputs: { readonly [name: string]: Tensor },
): Promise<{ readonly [name: string]: OnnxResult }> {
  const session = await InferenceSession.create(file, {
    logSeverityLevel: 3,
    intraOpNumThreads: 1,
    // Products with decoded weights in f32: by default onnxruntime rounds their other operand to 8 bits.
    extra: { session: { qdq_matmulnbits_accuracy_level: '1' } },
  })
  try {
    const feeds: { [name: string]: OrtTensor } = {}
    for (const [name, { dtype, shape }] of Object.entries(inputs)) {
      const data = await inputs[name]!.data()
      const given = dtype === 'i32' ? BigInt64Array.from(data, BigInt) : data
      feeds[name] = new OrtTensor(types[dtype as 'f32'], given as Float32Array, [...shape])
    }
    const results = await session.run(feeds)
    return Object.fromEntries(
      Object.entries(results).map(([name, { dims, data }]) => [name, { shape: dims, data: data as Float32Array }]),
    )
  } finally {
    await session.release()
  }
}
