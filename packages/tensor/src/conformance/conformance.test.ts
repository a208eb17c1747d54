import { describe, expect, it } from 'vitest'
import { apply } from '../apply.ts'
import type { Kernel, View } from '../backend.ts'
import { composites } from '../composites/index.ts'
import { decodeFloat16 } from '../float16.ts'
import { ReferenceBackend } from '../reference/index.ts'
import { elements } from '../reference/memory.ts'
import { Tensor } from '../tensor.ts'
import { compositeCases, conformance, primitiveCases } from './index.ts'

/** The tests that the suite declares, by the name of their group. */
function declaredFor(backend: ReferenceBackend): Map<string, (() => Promise<void>)[]> {
  const groups = new Map<string, (() => Promise<void>)[]>()
  let group: (() => Promise<void>)[] = []
  conformance(
    {
      describe(name, body) {
        group = []
        groups.set(name, group)
        body()
      },
      it: (_, body) => group.push(() => body({ skip: () => undefined })),
    },
    async () => backend,
  )
  return groups
}

async function failures(tests: readonly (() => Promise<void>)[]): Promise<number> {
  let failed = 0
  for (const test of tests) {
    try {
      await test()
    } catch {
      failed++
    }
  }
  return failed
}

/** A reference backend with one of its kernels replaced, or a composite given one. */
function withKernel(name: string, kernel: Kernel<unknown>): ReferenceBackend {
  const backend = new ReferenceBackend()
  const own = name in backend.kernels ? 'kernels' : 'fused'
  Object.defineProperty(backend, own, { value: { ...backend[own], [name]: kernel } })
  return backend
}

/** A kernel for a composite which does what the formula does. */
function formulaKernel(name: keyof typeof composites): Kernel<unknown> {
  const plain = new ReferenceBackend()
  return (inputs, parameters, outputs) => {
    const given = inputs.map((view) => moved(view, plain))
    const made = apply(composites[name] as never, given, parameters as never)
    outputs.forEach((output, place) => elements(output).set(elements(made[place]!)))
  }
}

function moved(view: View, backend: ReferenceBackend): Tensor {
  const copy = Tensor.allocate(backend, view.shape, view.dtype)
  elements(copy).set(elements(view))
  return copy
}

/** The same kernel, but the last element of its last output is off by a thousandth, or by one bit. */
function spoiled(kernel: Kernel<unknown>): Kernel<unknown> {
  return (inputs, parameters, outputs) => {
    kernel(inputs, parameters, outputs)
    const last = outputs.at(-1)!
    const data = elements(last)
    const end = data.length - 1
    if (end < 0) return
    data[end] = last.dtype === 'f32' ? data[end]! * 1.001 + 1e-3 : data[end]! ^ 1
  }
}

describe('the conformance suite', () => {
  it('passes kernels of composites that do what the formulas do', async () => {
    for (const name of Object.keys(compositeCases) as (keyof typeof composites)[]) {
      const tests = declaredFor(withKernel(name, formulaKernel(name))).get(name)!
      expect([name, await failures(tests.slice(0, 3))]).toEqual([name, 0])
    }
  })

  it.each(Object.keys(primitiveCases).filter((name) => name !== 'reshape'))(
    'fails a backend whose %s is wrong',
    async (name) => {
      const kernel = new ReferenceBackend().kernels[name as 'neg'] as Kernel<unknown>
      const tests = declaredFor(withKernel(name, spoiled(kernel))).get(name)!
      expect(await failures(tests.slice(0, 6))).toBeGreaterThan(2)
    },
  )

  it.each(Object.keys(compositeCases) as (keyof typeof composites)[])(
    'fails a backend whose %s is wrong',
    async (name) => {
      const tests = declaredFor(withKernel(name, spoiled(formulaKernel(name)))).get(name)!
      expect(await failures(tests.slice(0, 4))).toBeGreaterThan(0)
    },
  )

  it('fails a backend that rounds f16 toward zero', async () => {
    const kernel = new ReferenceBackend().kernels.add
    const towardZero = withKernel('add', (inputs, parameters, outputs) => {
      kernel(inputs as readonly View[], parameters as never, outputs)
      if (outputs[0]!.dtype !== 'f16') return
      const [a, b, y] = [...inputs, ...outputs].map((view) => elements(view))
      for (let i = 0; i < y!.length && a!.length === b!.length; i++) {
        const exact = decodeFloat16(a![i]!) + decodeFloat16(b![i]!)
        if (Math.abs(decodeFloat16(y![i]!)) > Math.abs(exact)) y![i]!--
      }
    })
    const tests = declaredFor(towardZero).get('add')!
    const ofHalf = Math.ceil(primitiveCases.add.cases.length / 24)
    expect(await failures(tests.slice(0, -ofHalf))).toBe(0)
    expect(await failures(tests.slice(-ofHalf))).toBeGreaterThan(0)
  })

  it('fails a backend that leaks', async () => {
    const backend = new ReferenceBackend()
    const groups = declaredFor(backend)
    Tensor.allocate(backend, [3], 'f32')
    expect(await failures(groups.get('closing')!)).toBe(1)
  })

  it('fails a backend that writes to its inputs', async () => {
    const wrong = withKernel('neg', ([x], _, [y]) => {
      elements(y!).set(elements(x!).map((each) => -each))
      elements(x!).fill(0)
    })
    expect(await failures(declaredFor(wrong).get('neg')!)).toBeGreaterThan(5)
  })
})
