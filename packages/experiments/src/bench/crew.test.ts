import { expect, test } from 'vitest'
import { ProcessMember } from './crew.ts'

const [small, odd] = ['matmul [64, 64] · [64, 64] NT', 'matmul [127, 127] · [127, 127] NN']
const patience = { samples: 1, seconds: 0.01 }

test('a process that fails is replaced by one that has the same ready, but for what failed', async () => {
  using member = new ProcessMember({ name: 'tlc ×1', spec: { kind: 'wasm', threads: 1 } })
  for (const name of [small, odd]) {
    expect(await member.ask({ kind: 'prepare', quick: true, name })).toMatchObject({ kind: 'prepared' })
  }
  expect(await member.ask({ kind: 'release', name: odd })).toEqual({ kind: 'released' })
  const failed = await member.ask({ kind: 'sample', name: odd, patience })
  expect(failed).toEqual({ kind: 'failed', message: `${odd} is not prepared` })
  expect(await member.ask({ kind: 'sample', name: small, patience })).toMatchObject({ kind: 'sampled' })
  const again = await member.ask({ kind: 'sample', name: odd, patience })
  expect(again).toEqual({ kind: 'failed', message: `${odd} is not prepared` })
})
