import { Parameter } from '@tlc/nn'
import { openBackend, tensor, useBackend } from '@tlc/tensor'
import { describe, expect, it } from 'vitest'
import { bakeIn, maskOf, setMask } from './mask.ts'
import { maskZeros } from './mask-zeros.ts'

useBackend(await openBackend('reference'))

describe('masks of zeros', () => {
  it('are those that were baked in', async () => {
    const weight = new Parameter(tensor([1, -2, 3, -4]))
    setMask(weight, Uint8Array.of(1, 0, 0, 1))
    bakeIn(weight)
    const parameters = new Map([
      ['w', weight],
      ['tied', weight],
    ])
    expect(await maskZeros(parameters)).toMatchObject({ size: 4, zeros: 2 })
    expect(maskOf(weight)).toEqual(Uint8Array.of(1, 0, 0, 1))
  })

  it('hold -0 for a zero, and NaN for none', async () => {
    const weight = new Parameter(tensor([-0, Number.NaN]))
    await maskZeros(new Map([['w', weight]]))
    expect(maskOf(weight)).toEqual(Uint8Array.of(0, 1))
  })
})
