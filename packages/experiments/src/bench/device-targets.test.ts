import { expect, test } from 'vitest'
import type { Unit } from './case.ts'
import { lossesOf } from './compare.ts'
import { markdownOf } from './markdown.ts'
import { distributionOf } from './measure.ts'
import { modelNamed, tiny } from './models.ts'
import type { BenchmarkReport, MeasuredGroup, MeasuredStep, MeasuredSubject } from './report.ts'
import type { SubjectKind } from './subjects/subject.ts'
import { targetsOf } from './targets.ts'
import { conclusionText, environmentText, stepsText } from './terminal.ts'

const adapter = {
  name: 'mesa, software, llvmpipe',
  driver: 'Mesa 25',
  features: ['float32-filterable', 'shader-f16', 'subgroups'],
}
const description = { version: '1.2.3', node: 'v24.0.0', v8: '13', threads: 1, build: null, adapter }

const subjects = (['webgpu', 'jax-js', 'tfjs'] as const).map((kind: SubjectKind): MeasuredSubject => {
  const isOurs = kind === 'webgpu'
  const spec = { kind, threads: 1, driver: 'system' } as const
  return { name: isOurs ? 'tlc' : kind, setup: isOurs ? 'tlc' : null, spec, description, note: null }
})

type Row = readonly [row: string, column: string, figures: readonly (number | null)[]]

/** A table whose figures are those of tlc, jax-js and tfjs; null is wrong. */
function group(name: string, unit: Unit, rows: readonly Row[]): MeasuredGroup {
  const measurements = rows.flatMap(([row, column, figures]) =>
    figures.map((figure, place) => ({
      row,
      column,
      subject: subjects[place]!.name,
      check: { error: figure === null ? 2 : 0, tolerance: 1 },
      figure: figure === null ? null : distributionOf([figure]),
      samples: figure === null ? [] : [[0, figure] as const],
      note: null,
    })),
  )
  return { name, title: name, unit, measurements }
}

function step(model: MeasuredStep['model'], place: number, rate: number, submits: number): MeasuredStep {
  const rates = distributionOf([rate])
  const figures = {
    milliseconds: rates,
    flops: 1,
    gigaflops: rates,
    tokensPerSecond: rates,
    samples: [[0, rate] as const],
    parameters: 1,
    residentBytes: 1e8,
    firstLoss: 2,
    lastLoss: 1,
    own: null,
    work: { submits, dispatches: 257 },
  }
  return { model, subject: subjects[place]!.name, check: { error: 0, tolerance: 1 }, figures, note: null }
}

const small = modelNamed('small')
const report: BenchmarkReport = {
  format: 3,
  environment: {
    node: 'v24.0.0',
    v8: '13',
    platform: 'linux x64',
    processor: 'a processor',
    cores: 2,
    version: '1.2.3',
    commit: 'abc',
    startedAt: '2026-01-02T03:04:05.000Z',
    loadBefore: 0.25,
    quick: false,
    adapter,
  },
  duration: { seconds: 61, loadAfter: 1.5 },
  subjects,
  groups: [
    group('matmul', 'GFLOP/s', [
      ['[512, 512] · [512, 512]', 'NN', [40, 20, 10]],
      ['[512, 512] · [512, 512]', 'TN', [40, 5, 20]],
      ['[513, 513] · [513, 513]', 'NN', [1, 5, 5]],
      ['[1024, 1024] · [1024, 1024]', 'NN', [30, null, 25]],
    ]),
    group('dispatch', 'µs', [
      ['add [4096]', 'submitted', [8]],
      ['add [4096]', 'computed', [50, 100, 25]],
    ]),
    group('start-up', 'ms', [
      ['openBackend', 'opening', [100]],
      ['openBackend', 'first result', [400]],
    ]),
  ],
  steps: [
    step(tiny, 0, 6, 1),
    step(tiny, 1, 2, 600),
    step(tiny, 2, 1, 90),
    step(small, 0, 8, 2),
    step(small, 2, 5, 90),
  ],
}

test('every target on WebGPU is as good as its worst cell, against the better of those that are right', () => {
  const found = targetsOf(report).map(({ what, reach, results: [first], met }) => [
    what.split(/[,(]/)[0]!.trim(),
    [reach, first!.worst.median],
    first!.where,
    met,
  ])
  const product = (size: number, layout: string) => `matmul [${size}, ${size}] · [${size}, ${size}] ${layout}`
  expect(found).toEqual([
    ['matmul 512³ and 1024³', [1.5, 1.2], `${product(1024, 'NN')}, against tfjs`, false],
    ['the same', [3, 2], `${product(512, 'TN')}, against tfjs`, false],
    [
      'training steps of tiny and small to the better that can do them',
      [2, 1.6],
      'training step small, against tfjs',
      false,
    ],
    ['time of the host for a dispatch until it is submitted', [10, 8], 'dispatch add [4096] submitted', true],
    ['submits of a training step', [3, 2], 'small', true],
    [
      'start-up to a first result in a process that had one before',
      [300, 400],
      'start-up openBackend first result',
      false,
    ],
  ])
})

test('of times the shorter wins, of rates the larger', () => {
  expect(lossesOf(report).map(({ theirs, ratio }) => [theirs.subject.name, theirs.row, ratio.median])).toEqual([
    ['jax-js', '[513, 513] · [513, 513]', 0.2],
    ['tfjs', '[513, 513] · [513, 513]', 0.2],
    ['tfjs', 'add [4096]', 0.5],
  ])
  const page = markdownOf(report)
  expect(page).toContain('| add [4096] | computed | 50.0 | 100 | **25.0** |')
})

test('the page and the terminal tell the adapter, and what a step asks of it, and no shares of kernels', () => {
  const page = markdownOf(report)
  expect(page).toMatch(/^# Benchmarks on WebGPU\n/)
  expect(page).toContain('adapter mesa, software, llvmpipe; driver Mesa 25; it has shader-f16, subgroups')
  expect(page).toContain(
    '| training step | subject | ms | tokens/s | GFLOP/s | submits | dispatches | process | error |',
  )
  expect(page).toContain('| tiny | jax-js | 2.00 | 2 | 2.00 | 600 | 257 | 100 MB | 0.0e+0 |')
  expect(page).not.toContain('products')
  expect(page).not.toMatch(/onnxruntime/)
  expect(environmentText(report)).toContain('mesa, software, llvmpipe; Mesa 25')
  expect(stepsText(report)).not.toContain('outside')
  expect(conclusionText(report)).toContain('2 of 6 targets met')
})
