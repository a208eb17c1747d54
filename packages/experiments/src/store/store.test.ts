import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { UserError } from '../user-error.ts'
import { writeFileAtomically } from './atomic-file.ts'
import { appendMetrics } from './metrics-log.ts'
import { type FinishedRun, openRun, runHash, type UnfinishedRun } from './open-run.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tlc-store-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

const config = { layers: 2, learningRate: 1e-3, text: 'reviews' }
const start = async (given: unknown = config) => (await openRun(root, given)) as UnfinishedRun<{ loss: number }>

/** Runs a program in another Node, with `openRun` and `run` of the test's configuration at hand; resolves when it says so. */
async function otherProcess(body: string) {
  const store = JSON.stringify(fileURLToPath(new URL('./open-run.ts', import.meta.url)))
  const program = `
    import { openRun } from ${store}
    const run = await openRun(${JSON.stringify(root)}, ${JSON.stringify(config)})
    ${body}`
  const child = spawn(process.execPath, ['--conditions=@tlc/source', '--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return {
    kill: async () => {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}

test('the same configuration finds the same run, however it is written; another one another', async () => {
  expect(runHash({ text: 'reviews', learningRate: 0.001, layers: 2 })).toBe(runHash(config))
  expect(runHash({ ...config, layers: 3 })).not.toBe(runHash(config))
  expect(runHash({})).toBe('44136fa355b3678a') // sha256sum of the two characters {}
})

test('a run goes on where it was left, and once finished is never repeated', async () => {
  const first = await start()
  await first.append({ step: 1, loss: 5.5 })
  await first.close()
  const second = await start()
  expect(second.metrics()).toEqual([{ step: 1, loss: 5.5 }])
  await second.append({ step: 2, loss: 5 })
  await second.finish({ loss: 5 })
  const third = (await openRun(root, config)) as FinishedRun<{ loss: number }>
  expect(third).toMatchObject({ finished: true, result: { loss: 5 }, directory: first.directory })
  expect(third.metrics()).toHaveLength(2)
  expect((await readdir(first.directory)).sort()).toEqual(['checkpoint', 'config.json', 'metrics.jsonl', 'result.json'])
  expect(JSON.parse(await readFile(join(first.directory, 'config.json'), 'utf8'))).toEqual(config)
})

test('a label names the directory for people', async () => {
  const run = (await openRun(root, config, { label: 'pretrain-2L' })) as UnfinishedRun<unknown>
  expect(run.directory).toBe(join(root, `pretrain-2L-${runHash(config)}`))
  await run.close()
})

test('a torn last line is cut off, wherever it was torn', async () => {
  const run = await start()
  await run.append({ step: 1, note: 'é' })
  await run.close()
  const path = join(run.directory, 'metrics.jsonl')
  const line = Buffer.from('{"step":2,"note":"é"}\n')
  for (let cut = 1; cut < line.length; cut++) {
    await appendFile(path, line.subarray(0, cut))
    const again = await start()
    expect(again.metrics()).toEqual([{ step: 1, note: 'é' }])
    await again.close()
  }
  expect(await readFile(path, 'utf8')).toBe('{"note":"é","step":1}\n')
})

test('damage in the middle is an error, not a repair', async () => {
  const run = await start()
  await run.close()
  await writeFile(join(run.directory, 'metrics.jsonl'), '{"step":1}\n{"st\n{"step":3}\n')
  await expect(start()).rejects.toThrow(/metrics\.jsonl:2 is damaged/)
  await writeFile(join(run.directory, 'result.json'), '{"loss":')
  await expect(start()).rejects.toThrow(/result\.json is damaged/)
})

test('keep forgets what the checkpoint had not seen', async () => {
  const run = await start()
  for (const step of [1, 2, 3, 4]) await run.append({ step })
  await run.keep(2)
  await run.append({ step: 3, again: true })
  expect(run.metrics()).toEqual([{ step: 1 }, { step: 2 }, { step: 3, again: true }])
  await run.close()
  const again = await start()
  expect(again.metrics()).toEqual(run.metrics())
  await expect(again.keep(4)).rejects.toThrow('has 3 lines, fewer than the 4 that the checkpoint has seen')
  await again.close()
})

test('a number that JSON would lose is refused before anything is written', async () => {
  const run = await start()
  await expect(run.append({ step: 1, loss: Number.NaN })).rejects.toThrow('value.loss is NaN')
  await expect(run.finish({ loss: Infinity })).rejects.toThrow('value.loss is Infinity')
  await run.append({ step: 1 })
  await run.close()
  expect(await readFile(join(run.directory, 'metrics.jsonl'), 'utf8')).toBe('{"step":1}\n')
  await expect(run.append({ step: 2 })).rejects.toThrow('after the run was finished or closed')
})

test('the same run cannot be open twice in one process', async () => {
  const run = await start()
  await expect(start()).rejects.toThrow('already open in this process')
  await run.close()
  await (await start()).close()
})

test('a process that lives keeps others out; one that was killed does not', async () => {
  const other = await otherProcess(`console.log('open'); setInterval(() => {}, 1000)`)
  await expect(start()).rejects.toThrow(/is in use by process \d+; wait for it to end/)
  await other.kill()
  await (await start()).close()
})

test('a run of another machine is left alone, and the error says which file to delete', async () => {
  const run = await start()
  await run.close()
  await writeFile(join(run.directory, 'lock-7@elsewhere'), '')
  await expect(start()).rejects.toThrow(
    /in use by process 7 on the machine elsewhere; if that process is gone, delete .*lock-7@elsewhere/,
  )
})

test('killed at any moment of writing, what was written before is there, in order', async () => {
  let seen = 0
  for (const milliseconds of [5, 20, 60]) {
    const other = await otherProcess(`
      let step = run.metrics().length
      console.log('writing')
      for (;;) await run.append({ step: step++, padding: 'x'.repeat(5000) })`)
    await new Promise((resolve) => setTimeout(resolve, milliseconds))
    await other.kill()
    const run = await start()
    const steps = run.metrics().map(({ step }) => step)
    expect(steps).toEqual(steps.map((_, index) => index))
    expect(steps.length).toBeGreaterThanOrEqual(seen)
    seen = steps.length
    await run.close()
  }
  expect(seen).toBeGreaterThan(0)
})

test('a file is replaced whole, and nothing else is left behind', async () => {
  const path = join(root, 'deep', 'file.json')
  await writeFileAtomically(path, 'old')
  await writeFileAtomically(path, new Uint8Array([110, 101, 119]))
  expect(await readFile(path, 'utf8')).toBe('new')
  expect(await readdir(join(root, 'deep'))).toEqual(['file.json'])
})

test.skipIf(!existsSync('/dev/full'))('a full disk is one clear error (needs /dev/full)', async () => {
  const path = join(root, 'metrics.jsonl')
  await symlink('/dev/full', path)
  await expect(appendMetrics(path, 0, { step: 1 })).rejects.toThrow(
    new UserError(
      `cannot write ${path}: the disk is full; free some space and run the same command again, finished work is kept`,
    ),
  )
})

test('a place that cannot be a directory is one clear error', async () => {
  await writeFile(join(root, 'taken'), '')
  await expect(openRun(join(root, 'taken'), config)).rejects.toThrow(/a part of the path is a file, not a directory/)
  await mkdir(join(root, 'results.json'))
  await expect(writeFileAtomically(join(root, 'results.json'), 'new')).rejects.toThrow(
    /a directory of that name is in the way/,
  )
})
