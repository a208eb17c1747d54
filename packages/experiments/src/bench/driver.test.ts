import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { environmentOf, unpackSwiftshader } from './driver.ts'

const hasSwiftshader = process.platform === 'linux' && process.arch === 'x64'

test("on the machine's own driver, and where WebGPU is not asked, a process has the environment of this one", () => {
  for (const driver of [undefined, 'system'] as const) expect(environmentOf(driver)).toEqual(process.env)
})

test.skipIf(!hasSwiftshader)('SwiftShader is unpacked once, and its environment names what was unpacked', async () => {
  await unpackSwiftshader()
  await unpackSwiftshader()
  const { VK_ICD_FILENAMES, LD_LIBRARY_PATH, PATH } = environmentOf('swiftshader')
  expect(existsSync(VK_ICD_FILENAMES!)).toBe(true)
  const folder = LD_LIBRARY_PATH!.split(':').at(-1)!
  for (const library of ['libvk_swiftshader.so', 'libvulkan.so.1'])
    expect(existsSync(`${folder}/${library}`)).toBe(true)
  expect(PATH).toBe(process.env.PATH)
})

test.skipIf(hasSwiftshader)('where there is no SwiftShader the error says for whom there is one', async () => {
  await expect(unpackSwiftshader()).rejects.toThrow(/for Linux on x64 only/)
})
