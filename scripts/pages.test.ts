/** What users do: bundle the built packages, serve the files, open the page. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium as playwright } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { strictDigest } from '../packages/transformer/test/strict-training.ts'
import { bundle } from './bundle.ts'
import { chromium, chromiumProblem } from './chromium.ts'
import { serve } from './serve.ts'

const pathOf = (file: string): string => fileURLToPath(new URL(`../${file}`, import.meta.url))

const problem = await chromiumProblem()

let browser: Browser
beforeAll(async () => {
  if (problem) return
  browser = await playwright.launch(chromium)
})
afterAll(() => browser?.close())

/** The files of a bundled program, in a folder. */
async function bundled(
  folder: string,
  program: string,
  external: readonly string[] = [],
): Promise<[path: string, code: string][]> {
  const chunks = await bundle(program, { platform: 'browser', external })
  return chunks.map(({ fileName, code }) => [folder + fileName, code])
}

interface RunOptions {
  readonly isolated: boolean
  /** A program that the page starts as `worker/program.js`. */
  readonly worker?: string
  /** How many workers the page must still have at its end; Chromium gives one that is in a loop two more seconds. */
  readonly workersLeft?: number
  /** Packages that are not installed. */
  readonly missing?: readonly string[]
}

/** Runs a program in a page. What it prints; its errors are thrown. */
async function run(program: string, options: RunOptions): Promise<readonly string[]> {
  const { isolated, worker, workersLeft, missing } = options
  const files = await bundled('', `${program}\nconsole.log('end')`, missing)
  const workerFiles = worker ? await bundled('worker/', worker) : []
  await using site = await serve(new Map([...files, ...workerFiles]), isolated)
  const page = await browser.newPage()
  try {
    const lines: string[] = []
    await new Promise<void>((resolve, reject) => {
      page.on('console', (message) => {
        if (message.text() === 'end') resolve()
        else if (message.type() === 'log') lines.push(message.text()) // the rest is what the browser has to say
      })
      page.on('pageerror', reject)
      page.goto(site.address).catch(reject)
    })
    if (workersLeft !== undefined) await expect.poll(() => page.workers().length, { timeout: 20_000 }).toBe(workersLeft)
    return lines
  } finally {
    await page.close()
  }
}

/** Opens the backend, multiplies whole numbers, which is exact, and prints how far the product is from the true one. */
const product = (options: string, name = 'wasm') => `
import { matmul, openBackend, tensor, useBackend } from '@tlc/tensor'
const backend = await openBackend('${name}', ${options})
useBackend(backend)
const size = 300
const numbers = (seed) => Float32Array.from({ length: size * size }, (_, i) => ((i * seed) % 17) - 8)
const [a, b] = [numbers(5), numbers(7)]
const made = await matmul(tensor(a, { shape: [size, size] }), tensor(b, { shape: [size, size] })).data()
let wrong = 0
for (let row = 0; row < size; row++) {
  for (let column = 0; column < size; column++) {
    let sum = 0
    for (let k = 0; k < size; k++) sum += a[row * size + k] * b[k * size + column]
    if (made[row * size + column] !== sum) wrong++
  }
}
console.log(crossOriginIsolated ? 'isolated' : 'not isolated', wrong, 'wrong')`

describe.skipIf(problem)('a bundled page in Chromium', () => {
  test('multiplies on two threads where it is isolated, and the second one ends with the backend', async () => {
    const program = product('{ threads: 2 }')
    expect(await run(program, { isolated: true, workersLeft: 1 })).toEqual(['isolated 0 wrong'])
    const closing = `${program}\nawait backend.close()`
    expect(await run(closing, { isolated: true, workersLeft: 0 })).toEqual(['isolated 0 wrong'])
  })

  test('multiplies on one thread where it is not isolated', async () => {
    expect(await run(product('{}'), { isolated: false, workersLeft: 0 })).toEqual(['not isolated 0 wrong'])
  })

  test('hears which headers are missing when it asks for threads without them', async () => {
    const failure = run(product('{ threads: 2 }'), { isolated: false })
    await expect(failure).rejects.toThrow('Cross-Origin-Opener-Policy: same-origin')
    await expect(failure).rejects.toThrow('Cross-Origin-Embedder-Policy: require-corp')
  })

  test('multiplies on WebGL2 through gpu.js, minified, and hears how to install it where it is missing', async () => {
    const program = product("{ mode: 'webgl2' }", 'gpujs')
    expect(await run(program, { isolated: false })).toEqual(['not isolated 0 wrong'])
    await expect(run(program, { isolated: false, missing: ['gpu.js'] })).rejects.toThrow('npm install gpu.js')
  })

  test('computes on the reference backend where there is neither a GPU nor vectors nor gpu.js, and says why', async () => {
    const program = `
import { openBackend, tensor } from '@tlc/tensor'
WebAssembly.validate = () => false
const backend = await openBackend()
console.log(backend.name, (await tensor([2], { backend }).neg().data())[0])
for (const { name, why } of backend.choice.passedOver) console.log(name, why)`
    const [computed, ...reasons] = await run(program, { isolated: false, missing: ['gpu.js'] })
    expect(computed).toBe('reference -2')
    expect(reasons.map((reason) => reason.split(' ')[0])).toEqual(['webgpu', 'wasm', 'gpujs'])
    expect(reasons[2]).toContain('npm install gpu.js')
  })

  // Headless, no page is ever hidden: this one goes further than a hidden one, where these calls come late.
  test.each([
    ['webgpu', '{}'],
    ['wasm', '{ threads: 2 }'],
  ])(
    'computes in a tab in the background on %s: nothing waits for what browsers hold back there',
    async (name, options) => {
      const held = ['requestAnimationFrame', 'requestIdleCallback', 'setTimeout', 'setInterval']
      const hold = held.map((call) => `globalThis.${call} = () => 0`).join('\n')
      // Imports are hoisted: what a module does while it is loaded is not held back.
      expect(await run(`${hold}\n${product(options, name)}`, { isolated: true })).toEqual(['isolated 0 wrong'])
    },
  )

  test('trains in a worker with a thread of its own, to the same bits, and stays responsive', async () => {
    const worker = `
import { strictTraining } from '${pathOf('packages/transformer/test/strict-training.ts')}'
postMessage(await strictTraining(2))`
    const program = `
let ticks = 0
const clock = setInterval(() => ticks++, 1)
const worker = new Worker('worker/program.js', { type: 'module' })
console.log(await new Promise((resolve, reject) => {
  worker.onmessage = ({ data }) => resolve(data)
  worker.onerror = ({ message }) => reject(new Error(message))
}))
console.log(ticks > 10)`
    expect(await run(program, { isolated: true, worker })).toEqual([strictDigest, 'true'])
  })

  test('runs the example of the README: trains, prunes, trains again', async () => {
    const [, example] = /```ts\n(import [\s\S]*?)```/.exec(readFileSync(pathOf('README.md'), 'utf8'))!
    const lines = await run(example!, { isolated: true })
    const losses = lines.map((line) => Number(/[^ ]+$/.exec(line)![0]))
    expect(lines.map((line) => line.split(':')[0])).toEqual(['trained', 'half of the weights zero', 'trained again'])
    expect(losses[0]).toBeLessThan(0.1)
    expect(losses[2]).toBeLessThan(losses[1]!)
  })
})
