import { Dispatcher } from './device/dispatcher.ts'
import type { Program } from './device/program.ts'

/** Adds numbers below 2⁻¹²⁶, as pairwise kernels do. */
const probe: Program = {
  key: 'denormals',
  source: () => ({
    bindings: [
      { name: 'x', element: 'vec4f' },
      { name: 'y', element: 'vec4f', written: true },
    ],
    parameters: {},
    workgroup: [1],
    body: '  y[0] = x[0] + x[0];',
  }),
}

/** Whether the device's arithmetic takes numbers below 2⁻¹²⁶ for 0, as WGSL allows. */
export async function flushesDenormals(device: GPUDevice): Promise<boolean> {
  const dispatcher = new Dispatcher(device)
  const [x, y] = [dispatcher.pool.allocate(16), dispatcher.pool.allocate(16)]
  dispatcher.upload(x, new Float32Array(4).fill(2 ** -140))
  dispatcher.run(probe, [x, y], [], [1])
  const sums = new Float32Array(await dispatcher.download(y, 16))
  dispatcher.close()
  return sums[0] !== 2 ** -139
}
