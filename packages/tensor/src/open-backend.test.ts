import { afterEach, expect, test, vi } from 'vitest'
import type { Backend, BackendName } from './backend.ts'
import { type Candidate, candidates, chooseBackend } from './choose-backend.ts'
import { openBackend } from './open-backend.ts'
import { ReferenceBackend } from './reference/index.ts'

afterEach(() => vi.unstubAllGlobals())

/** What a browser with such an adapter has. */
function browserWith(info: Partial<GPUAdapterInfo> | undefined): void {
  vi.stubGlobal('navigator', { gpu: { requestAdapter: async () => (info ? { info } : null) } })
}

/** What the choice among all candidates is, if those named here do not open. */
async function choice(broken: readonly BackendName[] = []): Promise<Backend['choice']> {
  const { choice } = await chooseBackend(candidates, async (name) => {
    if (broken.includes(name)) throw new Error(`${name} is broken`)
    return new ReferenceBackend()
  })
  return choice
}

test('in Node it is wasm, and webgpu has to be asked for', async () => {
  const backend = await openBackend()
  expect(backend.name).toBe('wasm')
  expect(backend.choice).toEqual({
    name: 'wasm',
    why: 'the fastest on a processor',
    passedOver: [{ name: 'webgpu', why: "there is no navigator.gpu; in Node, ask for it: openBackend('webgpu')" }],
  })
  await backend.close()
})

test('a backend that was asked for by name was not chosen', async () => {
  expect((await openBackend('reference')).choice).toBeUndefined()
})

test('in a browser with a GPU it is webgpu', async () => {
  browserWith({ vendor: 'nvidia', architecture: 'ampere', isFallbackAdapter: false })
  expect(await choice()).toEqual({ name: 'webgpu', why: 'there is a GPU', passedOver: [] })
})

test.each<Partial<GPUAdapterInfo>>([
  { vendor: 'google', architecture: 'swiftshader', isFallbackAdapter: false },
  { vendor: 'mesa', architecture: '', description: 'llvmpipe (LLVM 19.1, 256 bits)' },
  { vendor: 'microsoft', architecture: 'warp', description: 'Microsoft Basic Render Driver' },
  { vendor: 'unknown', architecture: '', isFallbackAdapter: true },
])('an adapter that is a processor is passed over: %o', async (info) => {
  browserWith(info)
  const { name, passedOver } = (await choice())!
  expect(name).toBe('wasm')
  expect(passedOver).toEqual([{ name: 'webgpu', why: expect.stringContaining(`no GPU (${info.vendor}`) }])
})

test('without an adapter it is wasm', async () => {
  browserWith(undefined)
  expect((await choice())!.passedOver).toEqual([{ name: 'webgpu', why: 'WebGPU finds no adapter' }])
})

test('what does not open gives way to the next, and its error is the reason', async () => {
  browserWith({ vendor: 'amd', architecture: 'rdna-3' })
  expect(await choice(['webgpu', 'wasm', 'gpujs'])).toEqual({
    name: 'reference',
    why: 'it runs everywhere',
    passedOver: ['webgpu', 'wasm', 'gpujs'].map((name) => ({ name, why: `${name} is broken` })),
  })
})

test('an engine without vectors gets gpu.js', async () => {
  vi.stubGlobal('WebAssembly', { ...WebAssembly, validate: () => false })
  const backend = await openBackend()
  expect(backend.name).toBe('gpujs')
  expect(backend.choice!.passedOver[1]).toEqual({ name: 'wasm', why: expect.stringContaining('no WebAssembly SIMD') })
  await backend.close()
})

test('a test for a candidate may itself fail', async () => {
  const failing: Candidate = { name: 'webgpu', why: '', objection: () => Promise.reject(new Error('blocked')) }
  const { choice } = await chooseBackend([failing, ...candidates.slice(3)], async () => new ReferenceBackend())
  expect(choice).toMatchObject({ name: 'reference', passedOver: [{ name: 'webgpu', why: 'blocked' }] })
})

test('if nothing opens, the error has all reasons', async () => {
  const names: BackendName[] = ['webgpu', 'wasm', 'gpujs', 'reference']
  await expect(choice(names)).rejects.toThrow(/wasm is broken; gpujs: gpujs is broken; reference: reference is broken/)
})
