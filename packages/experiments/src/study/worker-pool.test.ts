import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tinyStudy } from '../../test/tiny-study.ts'
import { UserError } from '../user-error.ts'
import type { Task } from './tasks.ts'
import { WorkerPool } from './worker-pool.ts'

const task = (directory: string, layers: number): Task => ({
  kind: 'pretrain',
  place: {
    study: tinyStudy,
    seed: 1,
    backend: 'wasm',
    speed: { threads: 1, wide: false },
    directory,
    saveEverySeconds: 10,
    cacheDirectory: directory,
  },
  model: tinyStudy.models[layers - 1]!,
  steps: 1_000_000,
  revision: 'none',
})

test('a closed pool ends what is running, and begins nothing that waits', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tlc-pool-'))
  const pool = new WorkerPool(1)
  let begun: (value: unknown) => void = () => undefined
  const running = new Promise((resolve) => {
    begun = resolve
  })
  const first = pool.run(task(directory, 1), begun)
  const second = pool.run(task(directory, 2), () => undefined)
  await running
  pool.close()
  await expect(first).rejects.toThrow(/pretrain of 1Lx32H: its process ended \(SIGTERM\).*run the same command again/)
  await expect(second).rejects.toThrow('pretrain of 2Lx32H was not begun')
  await rm(directory, { recursive: true })
})

test('what the user can put right comes back from a process as such', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tlc-pool-'))
  await writeFile(join(directory, 'blocked'), 'a file')
  using pool = new WorkerPool(1)
  const failed = pool.run(task(join(directory, 'blocked'), 1), () => undefined)
  await expect(failed).rejects.toThrow(UserError)
  await expect(failed).rejects.toThrow(/a file of that name is in the way|a part of the path is a file/)
  await rm(directory, { recursive: true })
})
