import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { largeTensorGroup } from './cases/large-tensors.ts'
import { markdownOf } from './markdown.ts'
import { planOf } from './plan.ts'
import { sharesOf } from './report.ts'
import { runBenchmarks } from './run-benchmarks.ts'
import { specsOf } from './specs.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bench-'))
})
afterAll(() => rm(directory, { recursive: true }))

describe('which cases', () => {
  test('all by default, or those a pattern matches', () => {
    const { groups, models } = planOf(false)
    const names = ['matmul', 'linear', 'quantized', 'attention', 'kernels', 'large tensors', 'sparse', 'dispatch']
    expect(groups.map(({ name }) => name)).toEqual(names)
    const sizes = ['tiny', 'small', 'mini']
    expect(models.map(({ name }) => name)).toEqual(sizes.flatMap((name) => [name, `${name}, dropout`]))
    const some = planOf(false, 'MATMUL .512.* N.$')
    expect(some.groups.map(({ cases }) => cases.map(({ column }) => column))).toEqual([['NN', 'NT']])
    expect(some.models).toEqual([])
  })

  test('no two have the same name, by which a process is told which', () => {
    const names = planOf(false).groups.flatMap(({ name, cases }) =>
      cases.map((each) => `${name} ${each.row} ${each.column}`),
    )
    expect(new Set(names).size).toBe(names.length)
  })

  test('on WebGPU there are others, with names of their own', () => {
    const { groups, models } = planOf(false, '', 'webgpu')
    const kinds = ['matmul', 'linear', 'quantized', 'attention', 'kernels', 'dispatch', 'start-up']
    expect(groups.map(({ name }) => name)).toEqual(kinds)
    expect(models.map(({ name }) => name)).toEqual(['tiny', 'small'])
    const names = groups.flatMap(({ name, cases }) => cases.map(({ row, column }) => `${name} ${row} ${column}`))
    expect(new Set(names).size).toBe(names.length)
    // Copies within the memory of the host have nothing to do with a device.
    expect(names.filter((name) => name.endsWith('copy'))).toEqual([])
  })

  test('whatever is timed on large tensors can be done on the smaller ones that it is checked on', async () => {
    for (const { row, verifier } of largeTensorGroup(false).cases) {
      const verify = await verifier().catch((error: Error) => error.message)
      expect(verify, row).toBeTypeOf('function')
    }
  })

  test('a pattern that is none, or matches nothing, is an error that says so', () => {
    expect(() => planOf(true, '[')).toThrow('--only [ is no regular expression')
    expect(() => planOf(true, 'convolution')).toThrow('no case matches --only convolution')
  })
})

test('whom to ask: ours as studies run it, as libraries do and on every runtime, and others with as many threads as they can have', () => {
  expect(specsOf({ threads: 1, wide: false })).toEqual([{ kind: 'wasm', threads: 1, strict: false, wide: false }])
  expect(specsOf({ backend: 'reference', peers: true })).toEqual([{ kind: 'reference', threads: 1 }])
  expect(specsOf({ threads: 3, node: ['/opt/node'], peers: true })).toEqual([
    { kind: 'wasm', threads: 3, strict: false, wide: true },
    { kind: 'wasm', threads: 3, strict: false, wide: false },
    { kind: 'wasm', threads: 3, strict: false, node: '/opt/node' },
    { kind: 'jax-js', threads: 1 },
    { kind: 'tfjs', threads: 1 },
    { kind: 'onnxruntime-web', threads: 3 },
    { kind: 'onnxruntime-node', threads: 3 },
  ])
  const onWebgpu = { threads: 1, driver: 'swiftshader' }
  expect(specsOf({ backend: 'webgpu', peers: true }, 'swiftshader')).toEqual([
    { kind: 'webgpu', ...onWebgpu },
    { kind: 'jax-js', ...onWebgpu },
    { kind: 'tfjs', ...onWebgpu },
  ])
})

describe('a run', () => {
  test('checks and times every kind of case, and writes what can be read and written again', async () => {
    const lines: string[] = []
    const hints: string[] = []
    const only =
      'matmul .64|linear attention|^attention|kernels (layerNorm|adamw)|large.*(neg|softmax)|dispatch|step tiny$'
    const { report, failures } = await runBenchmarks({
      version: '1.2.3',
      quick: true,
      threads: 1,
      only,
      out: directory,
      print: (text) => void lines.push(text),
      progress: (what) => void hints.push(what),
    })
    expect(failures).toEqual([])
    expect(report.groups).toHaveLength(6)
    for (const { measurements } of report.groups) {
      for (const { figure } of measurements) expect(figure!.median).toBeGreaterThan(0)
    }
    const [step] = report.steps
    const figures = step!.figures!
    expect(figures.lastLoss).toBeLessThan(figures.firstLoss)
    expect(figures.own!.peakBytes).toBeGreaterThan(16 * figures.parameters)
    expect(figures.residentBytes).toBeGreaterThan(figures.own!.peakBytes)
    const { products, attention, otherKernels, outsideKernels } = sharesOf(figures.own!)
    expect(products + attention + otherKernels + outsideKernels).toBeCloseTo(1, 12)
    expect(outsideKernels).toBeGreaterThan(0)
    expect(figures.own!.kernels.find(({ op }) => op === 'matmul')!.shareOfPeak).toBeGreaterThan(0)
    expect(hints.at(-1)).toMatch(/^training step tiny · about .* left$/)

    const json = join(directory, 'benchmarks.json')
    const markdown = join(directory, 'again.md')
    const again = await runBenchmarks({ version: '1.2.3', from: json, markdown })
    expect(again.report).toEqual(report)
    const page = await readFile(markdown, 'utf8')
    expect(page).toBe(markdownOf(report))
    expect(page).toBe(await readFile(join(directory, 'benchmarks.md'), 'utf8'))
    expect(page).toContain('adamwStep of 175232 parameters')
    expect(lines.join('\n')).toContain('Training steps')
  })

  test('is refused if nothing of ours can be opened, with the reason', async () => {
    const run = runBenchmarks({ version: '1.2.3', quick: true, only: 'dispatch', threads: 0 })
    await expect(run).rejects.toThrow(/tlc ×0 cannot be opened: .*threads/)
  })

  test('is refused for a file that is no report', async () => {
    const path = join(directory, 'other.json')
    await expect(runBenchmarks({ version: '1.2.3', from: path })).rejects.toThrow('cannot read')
    for (const [content, complaint] of [
      ['{"format": 1', 'is not JSON'],
      ['null', 'is no report of benchmarks in format 3'],
      [
        '{"format": 2, "environment": {}, "duration": {}, "subjects": [], "groups": [], "steps": []}',
        'is no report of benchmarks in format 3 (its format is 2: measure again)',
      ],
    ] as const) {
      await writeFile(path, content)
      await expect(runBenchmarks({ version: '1.2.3', from: path })).rejects.toThrow(complaint)
    }
  })
})
