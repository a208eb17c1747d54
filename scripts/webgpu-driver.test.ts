import { afterEach, expect, test, vi } from 'vitest'
import { chromiumExists, swiftshader } from './chromium.ts'
import { findAdapter, webgpuEnvironment } from './webgpu-driver.ts'

afterEach(() => vi.unstubAllEnvs())

test('a driver that was named is taken', () => {
  vi.stubEnv('WEBGPU_DRIVER', 'system')
  expect(webgpuEnvironment()).toEqual({})
})

test('a driver that does not exist is refused, and those that do are listed', () => {
  vi.stubEnv('WEBGPU_DRIVER', 'cuda')
  expect(webgpuEnvironment).toThrow("WEBGPU_DRIVER is 'cuda'; use 'system', 'swiftshader', 'lavapipe'")
})

test('what the loader was told stays', () => {
  vi.stubEnv('WEBGPU_DRIVER', undefined)
  vi.stubEnv('VK_ICD_FILENAMES', '/some/driver.json')
  expect(webgpuEnvironment()).toEqual({})
})

test.skipIf(!chromiumExists)('SwiftShader from npm is an adapter, and one that computes on the processor', () => {
  vi.stubEnv('WEBGPU_DRIVER', 'swiftshader')
  expect(webgpuEnvironment()).toEqual(swiftshader)
  expect(findAdapter(swiftshader)!.info).toMatchObject({ architecture: 'swiftshader', isFallbackAdapter: true })
})

test('without a driver there is no adapter', () => {
  expect(findAdapter({ VK_ICD_FILENAMES: '/none.json' })).toBeUndefined()
})
