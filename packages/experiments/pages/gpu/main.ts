/**
 * A page that tries this project on a browser's GPU. `?cases=softmax` runs only the cases that match, `?steps=3` trains
 * for so many steps rather than 100, `?products=512` times only the products that match.
 */
import { openBackend } from '@tlc/tensor'
import { openWebgpu } from '@tlc/tensor/webgpu'
import { checkCases } from './check-cases.ts'
import type { GpuReport } from './report.ts'
import { timeProducts } from './time-products.ts'
import { train } from './train.ts'
import { finish, progressOf, show } from './view.ts'

const settings = new URLSearchParams(location.search)

const pattern = (name: string): RegExp => new RegExp(settings.get(name) ?? '')

/** Those that decide how large tensors and tiles may be. */
const shownLimits = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
] as const

/** What can be said of the adapter before anything runs. */
async function describe(): Promise<GpuReport> {
  const adapter = await navigator.gpu?.requestAdapter()
  if (!adapter) throw new Error('This browser has no WebGPU, or finds no GPU: see chrome://gpu or about:support')
  const { vendor, architecture, device, description } = adapter.info
  return {
    browser: navigator.userAgent,
    adapter: [vendor, architecture, device, description].filter(Boolean).join(', '),
    features: [...adapter.features].sort(),
    limits: Object.fromEntries(shownLimits.map((name) => [name, adapter.limits[name]])),
  }
}

async function run(report: GpuReport): Promise<void> {
  const tried = await openWebgpu()
  report.cases = await checkCases(async () => tried, pattern('cases'), progressOf('Checking'))
  await tried.close()
  show(report)

  const [webgpu, wasm] = [await openWebgpu(), await openBackend('wasm', { threads: 1 })]
  report.training = await train(webgpu, wasm, Number(settings.get('steps') ?? 100), progressOf('Training'))
  show(report)

  report.products = await timeProducts(webgpu, pattern('products'), progressOf('Multiplying'))
  show(report)
  await Promise.all([webgpu.close(), wasm.close()])
}

/** Tries everything, and shows it. */
export async function tryGpu(): Promise<void> {
  try {
    const report = await describe()
    show(report)
    await run(report).catch((error: unknown) => {
      report.problem = String(error)
    })
    finish(report)
  } catch (error) {
    document.getElementById('status')!.textContent = String(error)
  }
}
