import { expect, test } from 'vitest'
import { signTest } from './sign-test.ts'

test('leaves zeros out and is exact', () => {
  expect(signTest([1, 2, 0, 3, 0.5, -1, 4])).toEqual({ positive: 5, negative: 1, pValue: expect.closeTo(14 / 64, 12) })
  expect(signTest([0, 0])).toEqual({ positive: 0, negative: 0, pValue: 1 })
})

test('refuses NaN', () => {
  expect(() => signTest([1, Number.NaN])).toThrow('difference 1 is NaN')
})
