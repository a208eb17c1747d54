import { afterAll, test } from 'vitest'
import { closeBackends, expectSame, numbers } from '../../test/backends.ts'
import { apply, composites, type Key, randomBits, tensor } from '../index.ts'

afterAll(closeBackends)

const keys: readonly Key[] = [
  [0, 0],
  [1, 0],
  [0xffffffff, 0x80000000],
  [0x9e3779b9, 0xbb67ae85],
]
const sizes = [0, 1, 3, 4, 5, 15, 16, 17, 31, 33, 1000]

test('random words are those of the reference, for every key and size', async () => {
  for (const key of keys) for (const size of sizes) await expectSame(() => [randomBits(key, [size])])
})

test.each([0.1, 0.5, 0.999, 1e-9])('dropout at rate %d has the bits of its formula', async (rate) => {
  for (const size of sizes) {
    await expectSame(() => {
      const x = tensor(numbers(size))
      return [apply(composites.dropout, [x], { key: keys[2]!, rate })[0]!]
    })
    await expectSame(() => composites.dropout.formula([tensor(numbers(size))], { key: keys[2]!, rate }))
  }
})
