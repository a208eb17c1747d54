/** The driver that tests of WebGPU run on in Node: the machine's GPU if there is one, else SwiftShader from npm. */
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isProcessor } from '../packages/tensor/src/webgpu/device/is-processor.ts'
import { chromiumExists, swiftshader } from './chromium.ts'

/** Of a process. */
export type Environment = Readonly<Partial<Record<string, string>>>

/** Loaders look for drivers here. */
const lavapipes = '{/usr/share,/usr/local/share,/etc}/vulkan/icd.d/lvp_icd*.json'

/** The environments of a process whose WebGPU runs on a driver, by what `WEBGPU_DRIVER` may say. */
const drivers: { readonly [name: string]: () => Environment } = {
  system: () => ({}),
  swiftshader: () => {
    if (!chromiumExists)
      throw new Error(`SwiftShader comes with a Chromium for Linux on x64, not for ${process.platform}`)
    return swiftshader
  },
  lavapipe: () => {
    const [file] = globSync(lavapipes)
    if (!file)
      throw new Error(`there is no lavapipe at ${lavapipes}; apt-get install mesa-vulkan-drivers (25 or newer)`)
    return { VK_ICD_FILENAMES: file }
  },
}

/**
 * The environment for tests of WebGPU: of the driver that `WEBGPU_DRIVER` names, or that `VK_ICD_FILENAMES` is set to, else
 * of the machine's GPU, else of SwiftShader.
 *
 * @throws Error if there is no such driver
 */
export function webgpuEnvironment(): Environment {
  const { WEBGPU_DRIVER: name, VK_ICD_FILENAMES } = process.env
  if (name !== undefined) {
    const driver = drivers[name]
    if (!driver) throw new Error(`WEBGPU_DRIVER is '${name}'; use '${Object.keys(drivers).join("', '")}'`)
    return driver()
  }
  return VK_ICD_FILENAMES || !chromiumExists || hasGpu() ? {} : swiftshader
}

/** An adapter, as its driver describes it. */
export interface FoundAdapter {
  readonly info: GPUAdapterInfo
  readonly features: readonly string[]
}

const tensorPackage = fileURLToPath(new URL('../packages/tensor/package.json', import.meta.url))

const program = `
const { create } = require('node:module').createRequire(${JSON.stringify(tensorPackage)})('webgpu')
const gpu = create([])
gpu.requestAdapter().then((adapter) => {
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info
  const info = { vendor, architecture, device, description, isFallbackAdapter }
  console.log(JSON.stringify({ info, features: [...adapter.features] }))
  process.exit()
})`

/** The adapter that Dawn finds in such an environment, asked for in a process of its own; undefined if there is none. */
export function findAdapter(environment: Environment): FoundAdapter | undefined {
  const options = { env: { ...process.env, ...environment }, encoding: 'utf8', timeout: 20_000 } as const
  const { status, stdout } = spawnSync(process.execPath, ['--eval', program], options)
  return status === 0 ? (JSON.parse(stdout.slice(stdout.indexOf('{'))) as FoundAdapter) : undefined
}

/** Drivers are on most machines, so Dawn is asked only where Linux has a device for them. */
function hasGpu(): boolean {
  const devices = globSync('/dev/{dri/renderD*,nvidia0,dxg}')
  const found = devices.length > 0 && findAdapter({})
  return Boolean(found && !isProcessor(found))
}
