import { expect } from 'vitest'
import { withBackend } from '../src/context.ts'
import { type Backend, openBackend, scope, type Tensor, type TypedArray } from '../src/index.ts'

const reference = await openBackend('reference')

/** Both builds of the wasm backend, by name. */
export const builds: readonly (readonly [string, Backend])[] = [
  ['relaxed', await openBackend('wasm')],
  ['strict', await openBackend('wasm', { strict: true })],
]

export async function closeBackends(): Promise<void> {
  await Promise.all([reference, ...builds.map(([, backend]) => backend)].map((backend) => backend.close()))
}

/** The numbers that a function makes on a backend. */
export async function on(backend: Backend, run: () => readonly Tensor[]): Promise<TypedArray[]> {
  const made = withBackend(backend, () => {
    using inner = scope()
    return inner.keep(run())
  })
  const data = await Promise.all(made.map((each) => each.data()))
  for (const each of made) each.dispose()
  return data
}

/** Fails unless a function makes the same numbers on both builds as on the reference backend; 0 and -0 are the same. */
export async function expectSame(run: () => readonly Tensor[]): Promise<void> {
  const expected = await on(reference, run)
  for (const [name, backend] of builds) expectEqual(await on(backend, run), expected, name)
}

/** What a function makes on both builds, with what it makes on the reference backend. */
export async function compare(
  run: () => readonly Tensor[],
  check: (actual: readonly TypedArray[], expected: readonly TypedArray[]) => void,
): Promise<void> {
  const expected = await on(reference, run)
  for (const [, backend] of builds) check(await on(backend, run), expected)
}

function expectEqual(actual: readonly TypedArray[], expected: readonly TypedArray[], name: string): void {
  expected.forEach((numbers, place) => {
    expect(actual[place]!.length).toBe(numbers.length)
    const wrong = numbers.findIndex((should, i) => {
      const is = actual[place]![i]!
      return is !== should && !(Number.isNaN(is) && Number.isNaN(should))
    })
    if (wrong >= 0) expect.fail(`${name}: element ${wrong} is ${actual[place]![wrong]}, expected ${numbers[wrong]}`)
  })
}

/** Numbers in -1..1, the same every time. */
export function numbers(size: number, seed = 1): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => Math.sin(seed + 1.7 * i + (i % 13) ** 2))
}
