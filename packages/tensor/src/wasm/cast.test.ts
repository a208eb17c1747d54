import { afterAll, expect, test } from 'vitest'
import { closeBackends, compare, expectSame, numbers } from '../../test/backends.ts'
import { type DType, dtypes, tensor } from '../index.ts'

afterAll(closeBackends)

const everyDType = Object.keys(dtypes) as DType[]
const everyHalf = Uint16Array.from({ length: 65536 }, (_, i) => i)

test.each(['f16', 'bf16'] as const)('every %s becomes the f32 that it is', async (dtype) => {
  await expectSame(() => [tensor(everyHalf, { dtype }).cast('f32')])
})

/** f32 between which f16 and bf16 lie: each, its neighbours, and the halves between two with their neighbours. */
function aroundHalves(lowerBits: number): Float32Array {
  const words = Array.from({ length: 65536 }, (_, upper) => upper * 2 ** 16)
  const near = (word: number): number[] => [-1, 0, 1].map((offset) => (word + lowerBits + offset) >>> 0)
  const floats = new Float32Array(Uint32Array.from(words.flatMap(near)).buffer)
  return floats.filter((x) => !Number.isNaN(x))
}

test.each([
  ['f16', 0],
  ['f16', 0x1000],
  ['f16', 0x3000],
  ['f16', 0xf000],
  ['bf16', 0],
  ['bf16', 0x8000],
] as const)('f32 rounds to the nearest %s, halves to even (lower bits %i)', async (dtype, lowerBits) => {
  await expectSame(() => [tensor(aroundHalves(lowerBits)).cast(dtype)])
})

test('NaN stays NaN in f16 and bf16', async () => {
  const nan = new Float32Array(Uint32Array.of(0x7fc00000, 0xffc00000, 0x7f800001, 0x7fffffff, 0xff800001).buffer)
  await compare(
    () => [tensor(nan).cast('f16').cast('f32'), tensor(nan).cast('bf16').cast('f32')],
    (actual) => expect(actual.every((list) => list.every(Number.isNaN))).toBe(true),
  )
})

test.each(everyDType.flatMap((from) => everyDType.map((to) => [from, to] as const)))(
  '%s to %s saturates and truncates as the reference does, at every size',
  async (from, to) => {
    const source = numbers(70).map((x, i) => [x * 300, x * 5e9, x, 0][i % 4]!)
    for (const size of [0, 1, 3, 4, 15, 16, 17, 70]) {
      await expectSame(() => [tensor(source.slice(0, size)).cast(from).cast(to)])
    }
  },
)
