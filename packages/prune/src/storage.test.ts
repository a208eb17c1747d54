import { Parameter } from '@tlc/nn'
import { openBackend, tensor, useBackend } from '@tlc/tensor'
import { describe, expect, it } from 'vitest'
import { fixtureTensor } from '../test/fixture.ts'
import { setMask } from './mask.ts'
import { storageCost, storageOf } from './storage.ts'

useBackend(await openBackend('reference'))

describe('what storage takes', () => {
  it('agrees with the arrays that SciPy makes, with indices of 2 bytes where it has 4', async () => {
    const file = 'format_c.safetensors'
    const { values, shape } = fixtureTensor(file, 'in.dense')
    const count = (name: string): number => fixtureTensor(file, `out.${name}`).values.length
    const weight = new Parameter(tensor(Float32Array.from(values), { shape }))
    const { nonZeros, csrBytes, bitmaskBytes } = await storageOf(new Map([['w', weight]]))
    expect(nonZeros).toBe(count('csr_data'))
    expect(csrBytes).toBe(4 * count('csr_indptr') + 2 * count('csr_indices') + 4 * count('csr_data'))
    expect(bitmaskBytes).toBe(count('bitmask') + 4 * count('bitmask_values'))
  })

  it('counts zeros of the mask and of the weights, by parameter and in total, once for a tied one', async () => {
    const [a, b] = [
      new Parameter(
        tensor([
          [1, 0, 3],
          [4, 5, 6],
        ]),
      ),
      new Parameter(tensor([1, 2])),
    ]
    setMask(a, Uint8Array.of(0, 1, 1, 1, 1, 0))
    const storage = await storageOf(
      new Map([
        ['a', a],
        ['b', b],
        ['tied', a],
      ]),
      4,
    )
    expect(storage).toMatchObject({ size: 8, nonZeros: 5, idealBits: 20, denseBytes: 3 + 1 })
    expect(storage.parameters.get('a')).toEqual({
      size: 6,
      nonZeros: 3,
      idealBits: 12,
      denseBytes: 3,
      bitmaskBytes: 2 + 2,
      csrBytes: 3 * 4 + 3 * 2 + 2,
    })
    expect([...storage.parameters.keys()]).toEqual(['a', 'b'])
  })

  it('takes 4 bytes for a column where 2 do not reach', () => {
    expect(storageCost(10, [1, 2 ** 16]).csrBytes).toBe(8 + 20 + 40)
    expect(storageCost(10, [1, 2 ** 16 + 1]).csrBytes).toBe(8 + 40 + 40)
  })
})
