import { afterEach, expect, test, vi } from 'vitest'
import { chooseDriver } from './choose-driver.ts'
import { runBenchmarks } from './run-benchmarks.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

test('a run on WebGPU checks and times products, dispatch, start-up and a training step', async () => {
  const only = 'matmul .* NN|kernels softmax|dispatch|start-up|step tiny'
  const { report, failures } = await runBenchmarks({
    version: '1.2.3',
    backend: 'webgpu',
    quick: true,
    rounds: 1,
    only,
  })
  expect(failures).toEqual([])
  expect(report.groups.map(({ name }) => name)).toEqual(['matmul', 'kernels', 'dispatch', 'start-up'])
  for (const { measurements } of report.groups) {
    for (const { figure } of measurements) expect(figure!.median).toBeGreaterThan(0)
  }
  const { adapter } = report.environment
  expect(adapter!.name).not.toBe('')
  expect(report.subjects).toMatchObject([{ name: 'tlc', setup: 'tlc', description: { adapter } }])
  const { work, firstLoss, lastLoss } = report.steps[0]!.figures!
  expect(lastLoss).toBeLessThan(firstLoss)
  // All that a step does is recorded, and submitted when its loss is read.
  expect(work!.submits).toBeLessThanOrEqual(3)
  expect(work!.dispatches).toBeGreaterThan(work!.submits)
}, 170_000)

test.skipIf(process.platform !== 'linux')(
  'a driver that cannot be opened is an error that says what to install',
  async () => {
    vi.stubEnv('VK_ICD_FILENAMES', '/nowhere/driver.json')
    await expect(chooseDriver('system')).rejects.toThrow(
      /no adapter for WebGPU \(system: .*\)\. Install .* apt-get install mesa-vulkan-drivers/,
    )
  },
)

test.skipIf(process.platform !== 'linux' || process.arch !== 'x64')(
  'SwiftShader is found wherever nothing else is',
  async () => {
    vi.stubEnv('VK_ICD_FILENAMES', '/nowhere/driver.json')
    expect(await chooseDriver(undefined)).toBe('swiftshader')
  },
)
