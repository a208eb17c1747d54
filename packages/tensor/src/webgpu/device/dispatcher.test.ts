import { expect, test } from 'vitest'
import { openDawn } from '../../dawn/index.ts'
import { tensor } from '../../index.ts'
import { WebgpuBackend } from '../backend.ts'
import { type Opened, openDevice } from './device.ts'
import { Dispatcher } from './dispatcher.ts'
import type { Program } from './program.ts'

/** Multiplies by a number that the code holds, so that each is another shader, and adds one that is a parameter. */
const scaled = (factor: string): Program => ({
  key: `scaled ${factor}`,
  source: () => ({
    bindings: [
      { name: 'x', element: 'u32' },
      { name: 'y', element: 'u32', written: true },
    ],
    parameters: { more: 'u32' },
    workgroup: [1],
    body: `  y[0] = x[0] * ${factor} + parameters.more;`,
  }),
})

async function withDispatcher(use: (dispatcher: Dispatcher, opened: Opened) => Promise<void>): Promise<void> {
  const opened = await openDevice(await openDawn(), {})
  const dispatcher = new Dispatcher(opened.device)
  await use(dispatcher, opened)
  dispatcher.close()
  opened.device.destroy()
}

/** What the device refuses next. Dawn need not print it. */
function refusal(device: GPUDevice): Promise<void> {
  return new Promise((resolve) => {
    const heard = (event: GPUUncapturedErrorEvent): void => {
      event.preventDefault()
      resolve()
    }
    device.addEventListener('uncapturederror', heard, { once: true })
  })
}

test('submissions and uploads keep their order while shaders are compiled', () =>
  withDispatcher(async (dispatcher) => {
    const [x, y] = [dispatcher.pool.allocate(4), dispatcher.pool.allocate(4)]
    const results: Promise<ArrayBuffer>[] = []
    for (const factor of [2, 3, 5]) {
      dispatcher.upload(x, Uint32Array.of(factor))
      dispatcher.run(scaled(`${factor}u`), [x, y], [7], [1])
      results.push(dispatcher.download(y, 4))
    }
    expect(dispatcher.programs).toBe(3)
    const read = await Promise.all(results)
    expect(read.map((each) => new Uint32Array(each)[0])).toEqual([4 + 7, 9 + 7, 25 + 7])
  }))

test('more dispatches than a submission has are not mixed up', () =>
  withDispatcher(async (dispatcher) => {
    const [x, y] = [dispatcher.pool.allocate(4), dispatcher.pool.allocate(4)]
    dispatcher.upload(x, Uint32Array.of(0))
    for (let i = 0; i < 1500; i++) {
      dispatcher.run(scaled('1u'), [x, y], [i], [1])
      dispatcher.run(scaled('1u'), [y, x], [0], [1])
    }
    expect(new Uint32Array(await dispatcher.download(x, 4))[0]).toBe((1499 * 1500) / 2)
    expect(dispatcher.submits).toBe(3)
    expect(dispatcher.programs).toBe(1)
  }))

test('a buffer that waits for an upload is not destroyed', () =>
  withDispatcher(async (dispatcher, { device }) => {
    const { pool } = dispatcher
    const refused: string[] = []
    device.addEventListener('uncapturederror', ({ error }) => refused.push(error.message))
    for (let size = 5; size <= 16; size++) {
      const block = pool.allocate(size * 2 ** 20)
      dispatcher.upload(block, new Uint8Array(size * 2 ** 20))
      pool.free(block, dispatcher.submits)
    }
    expect(await dispatcher.download(pool.allocate(4), 4)).toHaveProperty('byteLength', 4)
    expect(refused).toEqual([])
  }))

test('a kernel that does not compile is named, and nothing runs after it', () =>
  withDispatcher(async (dispatcher, { device }) => {
    const refused = refusal(device)
    const [x, y] = [dispatcher.pool.allocate(4), dispatcher.pool.allocate(4)]
    dispatcher.run(scaled('nonsense'), [x, y], [0], [1])
    await expect(dispatcher.download(y, 4)).rejects.toThrow(/the kernel 'scaled nonsense' did not compile/)
    expect(() => dispatcher.run(scaled('1u'), [x, y], [0], [1])).toThrow(/did not compile/)
    await refused
  }))

test('what the device refused is told when the backend is closed, if not before', async () => {
  const choices = { flushesDenormals: false, workgroupMemory: false, subgroupSize: 0, packedDotProducts: false }
  const open = async (): Promise<[Opened, WebgpuBackend]> => {
    const opened = await openDevice(await openDawn(), {})
    return [opened, new WebgpuBackend(opened, choices)]
  }
  const refuse = async ({ device }: Opened): Promise<void> => {
    const refused = refusal(device)
    device.createBuffer({ size: 16, usage: 0 })
    await refused
  }
  const [first, untold] = await open()
  await refuse(first)
  await expect(untold.close()).rejects.toThrow(/the device refused a command: /)
  const [second, told] = await open()
  const x = tensor([1], { backend: told })
  await refuse(second)
  expect(() => x.neg()).toThrow(/the device refused a command: /)
  await told.close()
})
