import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readCheckpoint, writeCheckpoint } from '@tlc/nn/node'
import { LifetimeError } from '@tlc/tensor'
import { openDawn } from '@tlc/tensor/dawn'
import { openWebgpu } from '@tlc/tensor/webgpu'
import { expect, onTestFinished, test } from 'vitest'
import { MaskedTraining, small } from './masked-training.ts'

const [steps, saveEvery, lostIn] = [12, 4, 9]

/** WebGPU whose last device may be destroyed, as a driver that is reset does it. */
async function destroyable(): Promise<{ readonly gpu: GPU; readonly destroy: () => void }> {
  const dawn = await openDawn()
  let device: GPUDevice | undefined
  const requestAdapter = async (options?: GPURequestAdapterOptions): Promise<GPUAdapter | null> => {
    const adapter = await dawn.requestAdapter(options)
    const requestDevice = adapter?.requestDevice.bind(adapter)
    return Object.assign(adapter!, {
      requestDevice: async (descriptor: GPUDeviceDescriptor) => {
        device = await requestDevice!(descriptor)
        return device
      },
    })
  }
  return { gpu: { requestAdapter } as GPU, destroy: () => device!.destroy() }
}

test('training goes on from the last checkpoint after its device was lost, to the same bits', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'device-loss-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const expected = await undisturbed()

  const { gpu, destroy } = await destroyable()
  const lost = await openWebgpu({ gpu })
  const losses: number[] = []
  {
    using training = new MaskedTraining(lost, small)
    for (let step = 0; step < lostIn; step++) {
      losses.push(await training.step(step))
      if ((step + 1) % saveEvery === 0) await writeCheckpoint(folder, await training.save())
    }
    const reading = training.step(lostIn)
    destroy()
    const error = await reading.catch((problem: unknown) => problem)
    expect(error).toBeInstanceOf(LifetimeError)
    expect(String(error)).toMatch(/the device was lost .*Open another backend, and go on from the last checkpoint/)
    await expect(training.step(lostIn)).rejects.toThrow(error as Error)
  }
  expect(lost.memory().tensors).toBe(0)
  await lost.close()

  const next = await openWebgpu()
  using training = new MaskedTraining(next, small)
  training.restore((await readCheckpoint(folder))!)
  const saved = saveEvery * Math.floor(lostIn / saveEvery)
  for (let step = saved; step < steps; step++) losses[step] = await training.step(step)
  expect(losses).toEqual(expected.losses)
  expect(await training.save()).toEqual(expected.saved)
  await next.close()
})

async function undisturbed(): Promise<{ readonly losses: number[]; readonly saved: Map<string, Uint8Array> }> {
  const backend = await openWebgpu()
  using training = new MaskedTraining(backend, small)
  const losses: number[] = []
  for (let step = 0; step < steps; step++) losses.push(await training.step(step))
  const saved = await training.save()
  await backend.close()
  return { losses, saved }
}
