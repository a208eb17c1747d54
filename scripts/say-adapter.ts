import type { TestProject } from 'vitest/node'
import { findAdapter } from './webgpu-driver.ts'

/** Says before the tests of WebGPU what they run on: numbers, times and the cases that are left out depend on it. */
export default function sayAdapter({ config }: TestProject): void {
  const found = findAdapter(config.env)
  if (!found) return console.log('WebGPU: no adapter was found; its tests will fail and say what to install')
  const { vendor, architecture, description } = found.info
  const half = found.features.includes('shader-f16')
    ? ''
    : '; it has no shader-f16, so cases that compute in f16 are left out'
  console.log(`WebGPU: ${[vendor, architecture, description].filter(Boolean).join(', ')}${half}`)
}
