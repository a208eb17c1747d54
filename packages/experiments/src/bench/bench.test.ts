import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBackend } from '@tlc/tensor'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Case, type Group, numbers } from './case.ts'
import { largestError } from './cases/composite.ts'
import { checkProduct, type Layout, layouts } from './cases/product.ts'
import { markdownOf } from './markdown.ts'
import { distributionOf, hasty } from './measure.ts'
import { measureGroup } from './measure-group.ts'
import { planOf } from './plan.ts'
import { type BenchmarkReport, failuresOf, sharesOf, targetsOf } from './report.ts'
import { runBenchmarks } from './run-benchmarks.ts'
import { groupTable } from './table.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bench-'))
})
afterAll(() => rm(directory, { recursive: true }))

describe('products are compared with float64', () => {
  const size = { rows: 5, columns: 7, inner: 3, batch: 2 }
  const a = numbers(2 * 5 * 3, 1)
  const b = numbers(2 * 3 * 7, 2)

  /** The product by its definition, its operands read as a layout says. */
  function product(layout: Layout): Float32Array {
    const { transposeA, transposeB } = layouts[layout]
    return Float32Array.from({ length: 2 * 5 * 7 }, (_, index) => {
      const [matrix, row, column] = [Math.floor(index / 35), Math.floor(index / 7) % 5, index % 7]
      let sum = 0
      for (let k = 0; k < 3; k++) {
        const left = a[matrix * 15 + (transposeA ? k * 5 + row : row * 3 + k)]!
        sum += left * b[matrix * 21 + (transposeB ? column * 3 + k : k * 7 + column)]!
      }
      return sum
    })
  }

  test('a right one passes in every layout', () => {
    for (const layout of Object.keys(layouts) as Layout[]) {
      const { error, tolerance } = checkProduct(product(layout), size, layout, [a, b])
      expect(error).toBeLessThanOrEqual(tolerance)
    }
  })

  test('another layout, one wrong element, a NaN, a missing row and a missing bias do not', () => {
    const right = product('NN')
    const isRight = (given: ArrayLike<number>, bias?: Float32Array): boolean => {
      const { error, tolerance } = checkProduct(given, size, 'NN', [a, b], bias)
      return error <= tolerance
    }
    expect(isRight(right)).toBe(true)
    expect(isRight(product('NT'))).toBe(false)
    for (const wrong of [0.001, Number.NaN]) {
      for (let place = 0; place < right.length; place++) {
        expect(isRight(right.map((x, index) => (index === place ? x + wrong : x)))).toBe(false)
      }
    }
    expect(isRight(right.subarray(7))).toBe(false)
    expect(isRight(right, numbers(7, 3))).toBe(false)
  })
})

test('errors are parts of the largest element, and NaN is never small', () => {
  expect(largestError([1, 2, 3], [1, 2, 4])).toBe(0.25)
  expect(largestError([0, 0], [0, 0])).toBe(0)
  expect(largestError([Number.NaN, 1], [1, 1])).toBeNaN()
  expect(largestError([1], [1, 1])).toBeNaN()
})

test('quartiles lie between samples as definition 7 says', () => {
  expect(distributionOf([4, 1, 3, 2])).toEqual({ median: 2.5, lowerQuartile: 1.75, upperQuartile: 3.25, samples: 4 })
})

describe('a group', () => {
  const prepared = (error: number, run: () => void): Case => ({
    row: 'a row',
    column: String(error),
    work: 1e9,
    target: 1e-9,
    prepare: async () => ({ check: { error, tolerance: 0.5 }, run, [Symbol.dispose]: () => undefined }),
  })

  async function measured(cases: readonly Case[]) {
    const group: Group = { name: 'a group', title: 'Some', unit: 'GFLOP/s', columns: ['0.1', '1', 'NaN'], cases }
    const backend = await openBackend('reference')
    const result = await measureGroup(group, { name: 'it', backend, patience: hasty, progress: () => undefined })
    await backend.close()
    return result
  }

  test('does not time what is wrong, which then has missed its target', async () => {
    const runs = { right: 0, wrong: 0 }
    const group = await measured([
      prepared(0.1, () => void runs.right++),
      prepared(1, () => void runs.wrong++),
      prepared(Number.NaN, () => void runs.wrong++),
    ])
    expect(runs.right).toBeGreaterThan(0)
    expect(runs.wrong).toBe(0)
    const [right, ...wrong] = group.measurements
    expect(right!.figure!.median).toBeGreaterThan(0)
    expect(wrong.map(({ figure }) => figure)).toEqual([null, null])
    const report = { groups: [group], steps: [] } as unknown as BenchmarkReport
    expect(targetsOf(report).map(({ met }) => met)).toEqual([true, false, false])
    expect(failuresOf(report)).toEqual(['a group a row 1', 'a group a row NaN'])
    expect(groupTable(group)[1]!.slice(3, 5)).toEqual(['wrong, not timed', 'wrong, not timed'])
  })

  test('passes on what a case throws while it is timed', async () => {
    const failing = prepared(0, () => {
      throw new Error('out of order')
    })
    await expect(measured([failing])).rejects.toThrow('out of order')
  })

  test('shows another subject in another row', async () => {
    const group = await measured([prepared(0.1, () => undefined)])
    const [first] = group.measurements
    const table = groupTable({ ...group, measurements: [first!, { ...first!, subject: 'another' }] })
    expect(table.slice(1).map((cells) => cells.slice(0, 2))).toEqual([
      ['a row', 'it'],
      ['a row', 'another'],
    ])
  })
})

describe('which cases', () => {
  test('all by default, or those a pattern matches', () => {
    const { groups, models } = planOf(false)
    expect(groups.map(({ name }) => name)).toEqual([
      'matmul',
      'linear',
      'attention',
      'kernels',
      'primitives',
      'dispatch',
    ])
    expect(models.map(({ name }) => name)).toEqual(['tiny', 'small', 'mini', 'mini, dropout'])
    const some = planOf(false, 'MATMUL .512.* N.$')
    expect(some.groups.map(({ cases }) => cases.map(({ column }) => column))).toEqual([['NN', 'NT']])
    expect(some.models).toEqual([])
  })

  test('a pattern that is none, or matches nothing, is an error that says so', () => {
    expect(() => planOf(true, '[')).toThrow('--only [ is no regular expression')
    expect(() => planOf(true, 'convolution')).toThrow('no case matches --only convolution')
  })
})

describe('a run', () => {
  test('checks and times every kind of case, and writes what can be read and written again', async () => {
    const lines: string[] = []
    const only = 'matmul .64|linear attention|^attention|kernels (layerNorm|adamw)|dispatch|step tiny'
    const options = { version: '1.2.3', quick: true, only, print: (text: string) => void lines.push(text) }
    const { report, failures } = await runBenchmarks({ ...options, out: directory })
    expect(failures).toEqual([])
    expect(report.groups).toHaveLength(5)
    for (const { measurements } of report.groups) {
      for (const { figure } of measurements) expect(figure!.median).toBeGreaterThan(0)
    }
    const [step] = report.steps
    const figures = step!.figures!
    expect(figures.lastLoss).toBeLessThan(figures.firstLoss)
    expect(figures.peakBytes).toBeGreaterThan(16 * figures.parameters)
    const { products, attention, otherKernels, outsideKernels } = sharesOf(figures)
    expect(products + attention + otherKernels + outsideKernels).toBeCloseTo(1, 12)
    expect(outsideKernels).toBeGreaterThan(0)

    const json = join(directory, 'benchmarks.json')
    const markdown = join(directory, 'again.md')
    const again = await runBenchmarks({ version: '1.2.3', from: json, markdown })
    expect(again.report).toEqual(report)
    const page = await readFile(markdown, 'utf8')
    expect(page).toBe(markdownOf(report))
    expect(page).toBe(await readFile(join(directory, 'benchmarks.md'), 'utf8'))
    expect(page).toContain('adamwStep of 175232 parameters')
    expect(lines.join('\n')).toContain('training step')
  })

  test('is refused for a file that is no report', async () => {
    const path = join(directory, 'other.json')
    await expect(runBenchmarks({ version: '1.2.3', from: path })).rejects.toThrow('cannot read')
    for (const [content, complaint] of [
      ['{"format": 1', 'is not JSON'],
      ['null', 'is no report of benchmarks in format 1'],
      [
        '{"format": 2, "environment": {}, "duration": {}, "groups": [], "steps": []}',
        'is no report of benchmarks in format 1',
      ],
    ] as const) {
      await writeFile(path, content)
      await expect(runBenchmarks({ version: '1.2.3', from: path })).rejects.toThrow(complaint)
    }
  })
})
