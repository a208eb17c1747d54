import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBackend, useBackend } from '@tlc/tensor'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { regression } from '../../test/regression.ts'
import type { BatchPosition } from '../batches.ts'
import { encodeCheckpoint, restoreCheckpoint } from '../checkpoint.ts'
import { parameterTensors } from '../load-parameters.ts'
import { CheckpointError, readCheckpoint, writeCheckpoint } from './checkpoint-folder.ts'
import { writeFileAtomically } from './durable-files.ts'

let root: string
beforeAll(async () => {
  useBackend(await openBackend('reference'))
  root = await mkdtemp(join(tmpdir(), 'tlc-checkpoints-'))
})
afterAll(() => rm(root, { recursive: true }))

const file = (text: string): Uint8Array => new TextEncoder().encode(text)
const files = (text: string): Map<string, Uint8Array> =>
  new Map([
    ['state.json', file(text)],
    ['model.safetensors', file(text)],
  ])
const read = async (folder: string): Promise<string | undefined> =>
  (await readCheckpoint(folder))?.get('state.json')?.toString()

const lastNumber = async (folder: string): Promise<number> => {
  const names = await readdir(folder).catch(() => [])
  return Math.max(0, ...names.filter((name) => name.startsWith('checkpoint-')).map((name) => Number(name.slice(-6))))
}

describe('a folder of checkpoints', () => {
  test('has none at first, then the last one written', async () => {
    const folder = join(root, 'last')
    expect(await readCheckpoint(folder)).toBeUndefined()
    expect(await writeCheckpoint(folder, files('one'))).toBe(join(folder, 'checkpoint-000001'))
    await writeCheckpoint(folder, files('two'))
    expect(await read(folder)).toBe('two')
    expect(await readdir(folder)).toEqual(['checkpoint-000002'])
  })

  test('keeps as many as asked for', async () => {
    const folder = join(root, 'keep')
    for (const text of ['one', 'two', 'three', 'four']) await writeCheckpoint(folder, files(text), { keep: 2 })
    expect(await readdir(folder)).toEqual(['checkpoint-000003', 'checkpoint-000004'])
  })

  test('passes over what a kill left half written, and removes it with the next one', async () => {
    const folder = join(root, 'partial')
    await writeCheckpoint(folder, files('whole'))
    await mkdir(join(folder, '.partial-checkpoint-000002'))
    await writeFile(join(folder, '.partial-checkpoint-000002', 'model.safetensors'), 'ha')
    expect(await read(folder)).toBe('whole')
    await writeCheckpoint(folder, files('next'))
    expect(await readdir(folder)).toEqual(['checkpoint-000002'])
  })

  test('says which file is damaged: cut off, changed, or gone', async () => {
    const whole = join(root, 'whole')
    const path = await writeCheckpoint(whole, files('the content'))
    const damage: [string, (copy: string) => Promise<void>][] = [
      ['model.safetensors has 3 bytes', (copy) => truncate(join(copy, 'model.safetensors'), 3)],
      ['state.json has 11 bytes with SHA-256', (copy) => writeFile(join(copy, 'state.json'), 'the_content')],
      ['no such file', (copy) => rm(join(copy, 'state.json'))],
      ['manifest.json does not list files', (copy) => truncate(join(copy, 'manifest.json'), 10)],
      ['manifest.json does not list files', (copy) => writeFile(join(copy, 'manifest.json'), '{"state.json": {}}')],
    ]
    for (const [index, [problem, apply]] of damage.entries()) {
      const folder = join(root, `damaged-${index}`)
      await cp(whole, folder, { recursive: true })
      await apply(path.replace(whole, folder))
      await expect(readCheckpoint(folder)).rejects.toThrow(CheckpointError)
      await expect(readCheckpoint(folder)).rejects.toThrow(problem)
      await expect(readCheckpoint(folder)).rejects.toThrow('remove that folder to go on from the checkpoint before it')
    }
  })

  test('that cannot be written to stays as it was', async () => {
    const notAFolder = join(root, 'file')
    await writeFile(notAFolder, 'text')
    await expect(writeCheckpoint(notAFolder, files('x'))).rejects.toThrow(CheckpointError)
    const folder = join(root, 'unwritable')
    await writeCheckpoint(folder, files('before'))
    // A name that no file system takes stands for a disk that is full: the write fails half-way.
    const impossible = new Map([
      ['state.json', file('after')],
      ['x'.repeat(300), file('after')],
    ])
    await expect(writeCheckpoint(folder, impossible)).rejects.toThrow('those that were there are as before')
    expect(await read(folder)).toBe('before')
    expect(await readdir(folder)).toEqual(['checkpoint-000001'])
  })

  test('survives kills at any moment: the last complete checkpoint loads', { timeout: 30_000 }, async () => {
    const folder = join(root, 'killed')
    const script = new URL('../../test/write-checkpoints.ts', import.meta.url).pathname
    let last = 0
    for (let kill = 0; kill < 6; kill++) {
      const child = spawn(process.execPath, ['--conditions=@tlc/source', script, folder], { stdio: 'ignore' })
      // Checkpoints take a few milliseconds each: the kills fall into writing, renaming and removing.
      const deadline = performance.now() + 10_000
      while ((await lastNumber(folder)) <= last) {
        if (performance.now() > deadline) throw new Error('no checkpoint was written')
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      await new Promise((resolve) => setTimeout(resolve, 17 * kill))
      child.kill('SIGKILL')
      await once(child, 'exit')
      const content = (await readCheckpoint(folder))!
      const [model, state] = [content.get('model.safetensors')!, content.get('state.json')!]
      expect([model.length, state.length]).toEqual([300_000, 100])
      expect(new Set([...model, ...state]).size).toBe(1)
      last = await lastNumber(folder)
    }
  })
})

describe('a training run', () => {
  test('that is stopped and restored goes on to the same bits', async () => {
    const folder = join(root, 'resumed')
    const straight = regression()
    const losses: number[] = []
    for (let step = 0; step < 10; step++) losses.push(await straight.train(step))

    const first = regression()
    for (let step = 0; step < 5; step++) expect(await first.train(step)).toBe(losses[step])
    await writeCheckpoint(folder, await encodeCheckpoint(first, { step: 5, position: first.batches.position }))

    const saved = (await readCheckpoint(folder))!
    const state = restoreCheckpoint(regression(), saved) as { readonly step: number; readonly position: BatchPosition }
    expect(state).toEqual({ step: 5, position: { epoch: 2, batch: 1 } })
    const resumed = regression(state.position)
    restoreCheckpoint(resumed, saved)
    expect(resumed.optimizer.state().step).toBe(5)
    for (let step = 5; step < 10; step++) expect(await resumed.train(step)).toBe(losses[step])
    for (const [name, x] of parameterTensors(straight.model)) {
      expect(await parameterTensors(resumed.model).get(name)!.data(), name).toEqual(await x.data())
    }
  })

  test('a checkpoint of another model, or one with a damaged part, changes nothing', async () => {
    const { model, optimizer, train } = regression()
    await train(0)
    const saved = await encodeCheckpoint({ model, optimizer }, null)
    const other = regression()
    const before = await parameterTensors(other.model).get('layers.0.weight')!.data()
    const attempts: [string, Map<string, Uint8Array>][] = [
      ['state.json is missing', new Map([...saved].filter(([name]) => name !== 'state.json'))],
      ['state.json is no JSON', new Map([...saved, ['state.json', file('{')]])],
      ["no entries 'state' and 'optimizer'", new Map([...saved, ['state.json', file('{}')]])],
      ['cut off', new Map([...saved, ['optimizer.safetensors', saved.get('optimizer.safetensors')!.subarray(0, 200)]])],
      ['not expected: first.', new Map([...saved, ['model.safetensors', saved.get('optimizer.safetensors')!]])],
      ['missing: first.', new Map([...saved, ['optimizer.safetensors', saved.get('model.safetensors')!]])],
    ]
    for (const [problem, damaged] of attempts) {
      expect(() => restoreCheckpoint(other, damaged), problem).toThrow(problem)
      expect(await parameterTensors(other.model).get('layers.0.weight')!.data()).toEqual(before)
      expect(other.optimizer.state().step).toBe(0)
    }
    const alone = await encodeCheckpoint({ model }, null)
    expect(() => restoreCheckpoint(other, alone)).toThrow('saved without an optimizer')
    restoreCheckpoint({ model: other.model }, alone)
    const name = 'layers.0.weight'
    expect(await parameterTensors(other.model).get(name)!.data()).toEqual(
      await parameterTensors(model).get(name)!.data(),
    )
  })
})

describe('a file written atomically', () => {
  test('replaces the old one, makes its folders, and leaves nothing beside it', async () => {
    const path = join(root, 'deep', 'er', 'config.json')
    await writeFileAtomically(path, 'one')
    await writeFileAtomically(path, 'two')
    expect((await readFile(path)).toString()).toBe('two')
    expect(await readdir(join(root, 'deep', 'er'))).toEqual(['config.json'])
  })

  test('is not begun where it cannot be finished', async () => {
    const path = join(root, 'taken')
    await mkdir(join(path, 'x'), { recursive: true })
    await expect(writeFileAtomically(path, 'data')).rejects.toThrow()
    expect((await readdir(root)).filter((name) => name.startsWith('.partial'))).toEqual([])
  })
})
