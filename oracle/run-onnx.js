import { InferenceSession, Tensor } from 'onnxruntime-node'

/**
 * Runs a graph by onnxruntime.
 *
 * @param {Uint8Array} file
 * @param {Record<string, { type: string, data: unknown, dims: readonly number[] }>} inputs
 */
export async function runOnnx(file, inputs) {
  const session = await InferenceSession.create(file, {
    logSeverityLevel: 3,
    intraOpNumThreads: 1,
    // Products with decoded weights in f32: by default onnxruntime rounds their other operand to 8 bits.
    extra: { session: { qdq_matmulnbits_accuracy_level: '1' } },
  })
  try {
    const feeds = Object.entries(inputs).map(([name, { type, data, dims }]) => [name, new Tensor(type, data, dims)])
    const results = await session.run(Object.fromEntries(feeds))
    return Object.fromEntries(Object.entries(results).map(([name, { dims, data }]) => [name, { shape: dims, data }]))
  } finally {
    await session.release()
  }
}
