import { apply } from '../apply.ts'
import type { Backend } from '../backend.ts'
import { type Composite, composites } from '../composites/index.ts'
import { withBackend } from '../context.ts'
import { randomBits, tensor } from '../create.ts'
import { LifetimeError } from '../errors.ts'
import type { Primitive } from '../primitives.ts'
import { ReferenceBackend } from '../reference/index.ts'
import type { Case, Conformance } from './case.ts'
import { check } from './check.ts'
import { firstDifference } from './compare.ts'
import { compositeCases } from './composites.ts'
import { Draw, everyDType } from './draw.ts'
import { primitiveCases } from './primitives.ts'

export type { Case, Conformance, Tolerance } from './case.ts'
export { compositeCases } from './composites.ts'
export { Draw } from './draw.ts'
export { primitiveCases } from './primitives.ts'

/** Of a test runner: `describe` and `it` of vitest, or of `node:test`. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown
  it(name: string, body: (context: Skippable) => Promise<void>): unknown
}

/** What a test runner gives to a test. */
export interface Skippable {
  skip(reason: string): unknown
}

/**
 * Declares the tests that a backend must pass: every primitive and every composite against the same in float64, by
 * the tables of cases in this folder; each kernel of a composite against the composite's formula; random words against
 * published ones; that results repeat to the bit, inputs stay as they were, and memory is given back. Where f16 computes,
 * all cases again with f16 in the place of f32; elsewhere those tests are skipped, with the reason.
 */
export function conformance({ describe, it }: TestRunner, open: () => Promise<Backend>): void {
  const opened = once(open)

  describe('storage', () => {
    const plain = new ReferenceBackend()
    for (const dtype of everyDType) {
      it(`holds ${dtype}`, async () => {
        for (const size of [0, 1, 3, 17, 1000]) {
          using expected = new Draw(plain).any([size], dtype)
          const data = await expected.data()
          using held = tensor(data, { backend: await opened(), dtype })
          failIf(firstDifference(await held.data(), data, dtype, undefined))
        }
      })
    }
  })

  describe('random words are those of Random123', () => {
    it('for key 0 and counter 0', async () => {
      using bits = withBackend(await opened(), () => randomBits([0, 0], [4]))
      failIf(firstDifference(await bits.data(), knownWords, 'u32', undefined))
    })
  })

  const declare = <P>(op: Primitive | Composite<P>, table: Conformance<P>): void => {
    describe(typeof op === 'string' ? op : op.name, () => {
      for (const each of table.cases) {
        it(each.name, async () => check(op, each, table, await opened()))
      }
      if (table.half === false) return
      for (let first = 0; first < table.cases.length; first += casesOfHalf) {
        const cases = table.cases.slice(first, first + casesOfHalf)
        it(`in f16, cases ${first + 1} to ${first + cases.length}`, async (context) => {
          const backend = await opened()
          if (!backend.computesHalf) context.skip(whyNoHalf(backend))
          else for (const each of cases) await named(each.name, check(op, inHalf(each), table, backend))
        })
      }
    })
  }
  for (const [op, table] of Object.entries(primitiveCases)) declare(op as Primitive, table as Conformance<unknown>)
  for (const [name, table] of Object.entries(compositeCases)) {
    declare(composites[name as keyof typeof composites] as Composite<unknown>, table as Conformance<unknown>)
  }

  describe('closing', () => {
    it('leaves nothing behind, and refuses what comes after', async () => {
      const backend = await opened()
      const { tensors, bytes } = backend.memory()
      failIf(tensors > 0 && `${tensors} tensors of ${bytes} bytes are left after all cases`)
      const left = tensor([1, 2], { backend })
      await backend.close()
      for (const [what, use] of [
        ['a tensor could be made', () => tensor([1], { backend })],
        ['an operation ran', () => apply('neg', [left], {})],
        ['a tensor could be read', () => left.data()],
      ] as const) {
        const error = await errorOf(use)
        const isTold = error instanceof LifetimeError && /closed/.test(error.message)
        failIf(!isTold && `${what} on a closed backend, or the error does not say that it is closed: ${error}`)
      }
      left.dispose()
      await backend.close() // again: that is fine
    })
  })
}

/**
 * The only published words that counters of one axis reach; `philox` itself is tested on all of them.
 *
 * @see Salmon et al. 2011; the file kat_vectors of Random123
 */
const knownWords = Uint32Array.of(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8)

/** Cases in one test of f16: few enough for a slow device, many enough that skipped ones make no long list. */
const casesOfHalf = 24

/** The same case of f16. */
function inHalf<P>({ name, inputs, ...rest }: Case<P>): Case<P> {
  return { ...rest, name, inputs: (draw) => inputs(draw.ofHalf()) }
}

async function named(name: string, checked: Promise<void>): Promise<void> {
  try {
    await checked
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}`, { cause: error })
  }
}

function whyNoHalf({ name }: Backend): string {
  return name === 'webgpu' ? 'this adapter has no shader-f16' : `'${name}' only stores f16`
}

async function errorOf(use: () => unknown): Promise<unknown> {
  try {
    await use()
    return undefined
  } catch (error) {
    return error
  }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}

function failIf(difference: string | false | undefined): void {
  if (difference) throw new Error(difference)
}
