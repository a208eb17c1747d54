import { readFileSync } from 'node:fs'
import { type Backend, openBackend, type Tensor, tensor, useBackend } from '@tlc/tensor'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { vjp } from '../src/index.ts'
import { type Entry, readSafetensors } from './safetensors.ts'
import { expressions, inexpressible } from './torch-expressions.ts'

const folder = new URL('fixtures/torch-ops/', import.meta.url)

interface Fixture {
  readonly name: string
  readonly file: string
  readonly torch_f32_maxerr: { readonly [name: string]: number }
}

const fixtures = (JSON.parse(readFileSync(new URL('index.json', folder), 'utf8')) as { fixtures: Fixture[] }).fixtures

/** Float32 code may be off by 8 times what PyTorch's own float32 run is, or by 2e-6 of the largest number. */
async function expectNear(actual: Tensor, { shape, values }: Entry, name: string, torchError: number): Promise<void> {
  expect([name, actual.shape]).toEqual([name, shape])
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const allowed = Math.max(8 * torchError, 2e-6 * largest)
  const data = await actual.data()
  const worst = values.reduce((most, value, i) => Math.max(most, value === data[i] ? 0 : Math.abs(value - data[i]!)), 0)
  expect(worst, `${name} is off by ${worst}`).toBeLessThanOrEqual(allowed)
}

const toTensor = ({ dtype, shape, values }: Entry): Tensor =>
  tensor(values, {
    shape,
    dtype: dtype === 'I64' ? 'i32' : dtype === 'BOOL' ? 'bool' : 'f32',
  })

describe.each(['reference', 'wasm'] as const)('outputs and gradients of PyTorch in float64, on %s', (name) => {
  let backend: Backend
  beforeAll(async () => {
    backend = await openBackend(name)
    useBackend(backend)
  })
  afterAll(() => backend.close())

  for (const { name, file, torch_f32_maxerr: errors } of fixtures) {
    const run = expressions[name]
    const title = run ? name : `${name}: ${inexpressible[name]}`
    it.skipIf(!run)(title, async () => {
      const entries = readSafetensors(new URL(file, folder).pathname)
      const tracked: { [name: string]: Tensor } = {}
      const constants: { [name: string]: Tensor } = {}
      for (const [key, entry] of entries) {
        if (!key.startsWith('in.')) continue
        const input = key.slice('in.'.length)
        const kind = entries.has(`grad.${input}`) ? tracked : constants
        kind[input] = toTensor(entry)
      }
      const { outputs, pull } = vjp((inputs) => [run!({ ...inputs, ...constants })], tracked)
      const output = [...entries.keys()].find((key) => key.startsWith('out.'))!
      await expectNear(outputs[0]!, entries.get(output)!, output, errors[output] ?? 0)
      const cotangent = entries.get(output.replace('out.', 'cot.'))
      if (!cotangent) return
      for (const [input, gradient] of Object.entries(pull([toTensor(cotangent)]))) {
        await expectNear(gradient, entries.get(`grad.${input}`)!, `grad.${input}`, errors[`grad.${input}`] ?? 0)
      }
    })
  }
})
