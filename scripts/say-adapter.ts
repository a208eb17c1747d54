import type { TestProject } from 'vitest/node'
import { type Environment, findAdapter } from './webgpu-driver.ts'

/** Says before the tests of WebGPU what they run on: numbers, times and the cases that are left out depend on it. */
export function setup({ config }: TestProject): void {
  console.log(`WebGPU: ${described(config.env)}`)
}

function described(environment: Environment): string {
  const found = findAdapter(environment)
  if (!found) return 'no adapter was found; its tests will fail and say what to install'
  const { vendor, architecture, description } = found.info
  const half = found.features.includes('shader-f16')
    ? ''
    : '; it has no shader-f16, so cases that compute in f16 are left out'
  return [vendor, architecture, description].filter(Boolean).join(', ') + half
}
