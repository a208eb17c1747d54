import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'

const dist = resolve(import.meta.dirname, '../../dist')

const program = (from: string) => `import { openBackend, tensor } from ${JSON.stringify(join(from, 'index.js'))}
const failure = await openBackend('webgpu').catch(({ message }) => message)
const backend = await openBackend('wasm')
console.log(failure, (await tensor([2], { backend }).neg().data())[0])
await backend.close()`

/** What a process prints that ends by itself. */
async function run(from: string, environment: Readonly<Record<string, string>> = {}): Promise<string> {
  const options = { env: { ...process.env, ...environment }, timeout: 20_000 }
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', program(from)],
    options,
  )
  return stdout
}

test('without the package webgpu the error says how to install it, and other backends open', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'no-dawn-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await cp(dist, folder, { recursive: true })
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  expect(await run(folder)).toMatch(/Dawn did not load .*npm install webgpu \(0.6.2 or newer\).* -2\n$/)
})

test.runIf(process.platform === 'linux')(
  'without a driver the error says how to get one, and other backends open',
  async () => {
    const none = join(tmpdir(), 'no-such-driver.json')
    expect(await run(dist, { VK_ICD_FILENAMES: none })).toMatch(/no adapter was found.*mesa-vulkan-drivers.* -2\n$/)
  },
)
