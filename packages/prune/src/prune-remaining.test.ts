import { Parameter } from '@tlc/nn'
import { key, normal, openBackend, tensor, useBackend } from '@tlc/tensor'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maskOf } from './mask.ts'
import { pruneRemaining } from './prune-remaining.ts'
import { roundHalfToEven } from './structures/round-half-to-even.ts'

useBackend(await openBackend('reference'))

const parametersOf = (sizes: readonly number[]): Map<string, Parameter> =>
  new Map(sizes.map((size, index) => [`w${index}`, new Parameter(normal(key(index), [size]))]))
const zerosOf = (parameter: Parameter): number => maskOf(parameter)?.filter((kept) => kept === 0).length ?? 0

describe('pruning what remains', () => {
  it('takes round(share · rest) again and again, halves to even, as repeated pruning in PyTorch does', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 3 })
    const shares = fc.array(fc.constantFrom(0, 0.1, 0.2, 0.25, 0.5, 0.9, 1), { minLength: 1, maxLength: 4 })
    const scopes = fc.constantFrom('global' as const, 'perMatrix' as const)
    await fc.assert(
      fc.asyncProperty(sizes, shares, scopes, async (given, rounds, scope) => {
        const parameters = parametersOf(given)
        const left = scope === 'global' ? [given.reduce((sum, size) => sum + size, 0)] : [...given]
        for (const share of rounds) {
          const { zeros, size } = await pruneRemaining(parameters, { share }, { scope })
          left.forEach((rest, index) => {
            left[index] = rest - roundHalfToEven(share * rest)
          })
          expect(size - zeros).toBe(left.reduce((sum, rest) => sum + rest, 0))
          if (scope === 'perMatrix')
            expect([...parameters.values()].map((each) => each.stored.size - zerosOf(each))).toEqual(left)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('takes the least of what is left, so many entries', async () => {
    const weight = new Parameter(tensor([5, 1, 4, 2, 3]))
    const parameters = new Map([['w', weight]])
    await pruneRemaining(parameters, { count: 2 })
    expect(maskOf(weight)).toEqual(Uint8Array.of(1, 0, 1, 0, 1))
    await pruneRemaining(parameters, { count: 1 })
    expect(maskOf(weight)).toEqual(Uint8Array.of(1, 0, 1, 0, 0))
  })

  it('refuses shares outside 0..1 and more than there is', async () => {
    const parameters = parametersOf([5])
    await expect(pruneRemaining(parameters, { share: 20 })).rejects.toThrow(
      'share must be from 0 to 1, of the entries that are left, got 20',
    )
    await expect(pruneRemaining(parameters, { count: 6 })).rejects.toThrow(
      'from 0 to the 5 entries that are left, got 6',
    )
    await expect(pruneRemaining(parameters, { count: 0.5 })).rejects.toThrow('got 0.5')
  })
})
