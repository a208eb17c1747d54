import { expect, test } from 'vitest'
import type { Case, Runnable } from '../case.ts'
import { caseNamed } from '../plan.ts'
import { prepareOnPeer } from './peer.ts'
import { scatterRows } from './scatter-rows.ts'

const product = caseNamed('matmul [64, 64] · [64, 64] TN', true, { kind: 'jax-js' })
const softmax = caseNamed('kernels softmax [16, 2, 64, 64] forward', true, { kind: 'jax-js' })

test('a peer gets operation, parameters and inputs as plain numbers', async () => {
  const seen: unknown[] = []
  const runnable: Runnable = { results: async () => [], run: () => undefined, [Symbol.dispose]: () => undefined }
  const matmul = (call: unknown): Runnable => {
    seen.push(call)
    return runnable
  }
  expect(await prepareOnPeer({ matmul }, product)).toBe(runnable)
  expect(seen).toMatchObject([
    {
      op: 'matmul',
      parameters: { transposeA: true, transposeB: false },
      inputs: [{ shape: [64, 64] }, { shape: [64, 64] }],
    },
  ])
})

test('what a peer lacks, or is not asked, has a reason', async () => {
  expect(await prepareOnPeer({}, softmax)).toEqual({ absent: 'no kernel for softmax' })
  expect(await prepareOnPeer({ softmax: 'is too soft' }, softmax)).toEqual({ absent: 'is too soft' })
  const { call: _, ...ours } = product
  expect(await prepareOnPeer({}, ours as Case)).toEqual({ absent: 'asked of this project only' })
})

test('the gradient of a look-up adds the rows that were taken', () => {
  const rows = Float32Array.of(1, 2, 3, 4, 5, 6)
  expect([...scatterRows(rows, Int32Array.of(2, 0, 2), [4, 2])]).toEqual([3, 4, 0, 0, 6, 8, 0, 0])
})
