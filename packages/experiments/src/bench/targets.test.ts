import { expect, test } from 'vitest'
import { lossesOf } from './compare.ts'
import { markdownOf } from './markdown.ts'
import { distributionOf } from './measure.ts'
import { mini, modelNamed, tiny } from './models.ts'
import { neededBytes } from './needed-memory.ts'
import type { BenchmarkReport, MeasuredStep, MeasuredSubject, Measurement } from './report.ts'
import type { SubjectKind } from './subjects/subject.ts'
import { targetsOf } from './targets.ts'
import type { Sample } from './turns.ts'

const subject = (name: string, kind: SubjectKind, threads: number, setup: string | null = null): MeasuredSubject => ({
  name,
  setup,
  spec: { kind, threads },
  description: { version: '1.2.3', node: 'v24.0.0', v8: '13', threads, build: null },
  note: null,
})

const subjects = [
  subject('tlc ×1', 'wasm', 1, 'tlc'),
  subject('tlc ×2', 'wasm', 2, 'tlc'),
  subject('tlc ×1, 128 bits', 'wasm', 1, 'tlc, 128 bits'),
  subject('jax-js ×1', 'jax-js', 1),
  subject('tfjs ×1', 'tfjs', 1),
  subject('onnxruntime-node ×2', 'onnxruntime-node', 2),
]

const rightly = { error: 0, tolerance: 1 }

/** How fast the machine is in each round, as others use its cores, too. */
const speeds = [1, 1, 1.5]

/** What is measured of these rates: each round's at its speed. */
function samplesOf(rate: number, rounds: readonly number[]): Sample[] {
  return rounds.map((round) => [round, rate * speeds[round]!])
}

function cells(row: string, column: string, rates: readonly (number | null)[], rounds = [0, 1, 2]): Measurement[] {
  return rates.map((rate, place) => {
    const samples = rate === null ? [] : samplesOf(rate, rounds)
    return {
      row,
      column,
      subject: subjects[place]!.name,
      check: rate === null ? { error: 2, tolerance: 1 } : rightly,
      figure: rate === null ? null : distributionOf(samples.map(([, figure]) => figure)),
      samples,
      note: null,
    }
  })
}

function step(model: MeasuredStep['model'], name: string, rate: number, productShare?: number): MeasuredStep {
  const samples = samplesOf(rate, [0, 1, 2])
  const rates = distributionOf(samples.map(([, figure]) => figure))
  const kernel = {
    timed: 'kernel' as const,
    calls: 1,
    share: 1,
    flops: 1,
    bytes: 1,
    gigaflopsPerSecond: 1,
    gigabytesPerSecond: 1,
    shareOfPeak: 1,
  }
  const own =
    productShare === undefined
      ? null
      : {
          profiledMilliseconds: 100,
          kernels: [{ ...kernel, op: 'matmul', milliseconds: 100 * productShare }],
          peak: { gigaflopsPerSecond: 1, gigabytesPerSecond: 1 },
          peakBytes: 1.2 * neededBytes(model),
        }
  const figures = {
    milliseconds: rates,
    flops: 1,
    gigaflops: rates,
    tokensPerSecond: rates,
    samples,
    parameters: 1,
    residentBytes: 1,
    firstLoss: 2,
    lastLoss: 1,
    own,
  }
  return { model, subject: name, check: rightly, figures, note: null }
}

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
  },
  duration: { seconds: 61, loadAfter: 1.5 },
  subjects,
  groups: [
    {
      name: 'matmul',
      title: 'Products',
      unit: 'GFLOP/s',
      measurements: [
        ...cells('[512, 512] · [512, 512]', 'NN', [40, 80, 30, 20, 16, 100]),
        // Measured while the machine was fast: a ratio of medians would be 1.5 times what it is.
        ...cells('[512, 512] · [512, 512]', 'NT', [38, 60, 24, 20, 2, 150], [2]),
        ...cells('[127, 127] · [127, 127]', 'NN', [20, 30, 21, 1, 25, null]),
      ],
    },
    {
      name: 'dispatch',
      title: 'Additions',
      unit: 'µs',
      measurements: [...cells('add []', 'no tape', [2.5]), ...cells('add []', 'recorded', [7])],
    },
    {
      name: 'large tensors',
      title: 'Kernels',
      unit: 'GB/s',
      measurements: [
        ...cells('[8, 8]', 'copy', [10, 12, 10]),
        ...cells('exp', 'kernel', [8, 9, 4], [2]),
        ...cells('pad', 'kernel', [1, 1, 1], [1]),
      ],
    },
  ],
  steps: [
    step(mini, 'tlc ×1', 30, 0.8),
    step(mini, 'tlc ×2', 50, 0.7),
    step(mini, 'tlc ×1, 128 bits', 15, 0.6),
    step(mini, 'jax-js ×1', 20),
    step(tiny, 'tlc ×2', 25, 0.5),
    step(tiny, 'tfjs ×1', 4),
    step(modelNamed('mini, dropout'), 'tlc ×2', 48, 0.9),
  ],
}

const product = 'matmul [512, 512] · [512, 512]'
const odd = 'matmul [127, 127] · [127, 127]'

test('every target is as good as its worst cell, and those that were not measured are left out', () => {
  const found = targetsOf(report).map(({ what, reach, results: [first], met }) => [
    what.split(/[,(]/)[0]!.trim(),
    [reach, Number(first!.worst.median.toFixed(3))],
    first!.where,
    `${first!.reached}/${first!.count}`,
    met,
  ])
  expect(found).toEqual([
    ['matmul 512³ and 1024³', [40, 40], `${product} NN`, '1/1', true],
    ['NT', [0.9, 0.95], `${product} NT`, '1/1', true],
    ['127³ to 512³', [0.6, 0.5], `${odd} NN`, '0/1', false],
    ['square NN products to the best of jax-js', [1.5, 0.8], `${odd} NN, against tfjs ×1`, '1/2', false],
    ['everything else to the best of them', [2, 1.9], `${product} NT, against jax-js ×1`, '0/1', false],
    ['to onnxruntime-node', [0.5, 0.4], `${product} NT, onnxruntime-node ×2`, '1/2', false],
    ['products from 256³ up', [1.8, 1.579], `${product} NT`, '1/2', false],
    ['training step of mini', [45, 48], 'training step mini, dropout', '2/2', true],
    ['training step of tiny to that of mini', [0.4, 0.5], 'training step tiny', '1/1', true],
    ['training steps to jax-js', [3, 2.5], 'training step mini', '0/1', false],
    ['training steps to tfjs', [5, 6.25], 'training step tiny', '1/1', true],
    ['time in matmul and linear in a step of mini', [75, 70], 'mini', '1/2', false],
    [
      'elementwise and row kernels on large tensors to a plain copy',
      [0.7, 0.8],
      'large tensors exp kernel',
      '1/1',
      true,
    ],
    ['one operation on a tiny tensor', [3, 2.5], 'dispatch add [] no tape', '1/1', true],
    ['one operation on a tiny tensor', [6, 7], 'dispatch add [] recorded', '0/1', false],
    ['peak memory of a step of mini to what is needed', [1.3, 1.2], 'mini', '2/2', true],
  ])
})

test('each of our setups is measured against every target, with the threads it has; the first decides', () => {
  const found = targetsOf(report).map(({ what, results: [, second] }) => [
    what.split(/[,(]/)[0]!.trim(),
    second && [Number(second.worst.median.toFixed(3)), second.where, `${second.reached}/${second.count}`],
  ])
  expect(found).toEqual([
    ['matmul 512³ and 1024³', [30, `${product} NN`, '0/1']],
    ['NT', [0.8, `${product} NT`, '0/1']],
    ['127³ to 512³', [0.7, `${odd} NN`, '1/1']],
    ['square NN products to the best of jax-js', [0.84, `${odd} NN, against tfjs ×1`, '1/2']],
    ['everything else to the best of them', [1.2, `${product} NT, against jax-js ×1`, '0/1']],
    ['to onnxruntime-node', undefined],
    ['products from 256³ up', undefined],
    ['training step of mini', [15, 'training step mini', '0/1']],
    ['training step of tiny to that of mini', undefined],
    ['training steps to jax-js', [0.75, 'training step mini', '0/1']],
    ['training steps to tfjs', undefined],
    ['time in matmul and linear in a step of mini', [60, 'mini', '0/1']],
    ['elementwise and row kernels on large tensors to a plain copy', [0.4, 'large tensors exp kernel', '0/1']],
    ['one operation on a tiny tensor', undefined],
    ['one operation on a tiny tensor', undefined],
    ['peak memory of a step of mini to what is needed', [1.2, 'mini', '1/1']],
  ])
})

test('others are compared with our first setup, of as many threads', () => {
  const losses = lossesOf(report).map(({ ours, theirs, ratio }) => [
    ours.subject.name,
    theirs.subject.name,
    theirs.column,
    ratio.median,
  ])
  expect(losses).toEqual([
    ['tlc ×2', 'onnxruntime-node ×2', 'NT', 0.4],
    ['tlc ×2', 'onnxruntime-node ×2', 'NN', 0.8],
    ['tlc ×1', 'tfjs ×1', 'NN', 0.8],
  ])
})

test('the page says what was missed, where others are faster and who was wrong, before the tables', () => {
  const page = markdownOf(report)
  const headings = page.match(/^##? .*$/gm)
  expect(headings).toEqual([
    '# Benchmarks',
    '## In short',
    '## Targets',
    '## Where others are faster',
    '## Where, when and who',
    '## Matmul',
    '## Dispatch',
    '## Large tensors',
    '## Training steps',
  ])
  expect(page).toContain('8 of 16 targets are met.')
  // The ratios are 0.8, 2.5 and 19.
  expect(page).toContain('| tfjs ×1 |  | 2 of 3, 2.50 (0.800–19.0) | 2 of 3, 1.88 (0.840–12.0) |')
  expect(page).toContain('| what | worst of tlc | reach | tlc | tlc, 128 bits |  |')
  expect(page).toContain('| 0.9 × | 0.950, 1 of 1 | 0.800, 0 of 1 | met |')
  expect(page).toContain('| 0.4 × | 0.500 (0.500–0.500), 1 of 1 |  | met |')
  expect(page).toContain('Compared with `tlc`, with as many threads:')
  expect(page).toContain('Wrong, and therefore not timed: matmul [127, 127] · [127, 127] NN (onnxruntime-node ×2).')
  expect(page).toContain('| **25.0 (25.0–31.3)** | wrong |')
  expect(page).toContain('a processor, 2 cores, linux x64; load before: 0.25, after: 1.50')
})

test('the memory needed is 16 bytes for each parameter and what backward reads', () => {
  // Sizes of 1, but for a vocabulary of 8 and 20 tokens of which 3 are masked: counted by hand from the list.
  const sizes = { layers: 1, hiddenSize: 1, heads: 1, feedForwardSize: 1, vocabularySize: 8, maxLength: 20 }
  const embeddings = 20 + 2 * 20
  const layer = 8 * 20 + 2 * 20 + 20 + 4 * 20
  const head = 4 * 3 + 2 * 3 + 3 * 9
  // word, position (20 + 2) and type embeddings, 4 + 2 linear layers in the layer and 1 in the head, 4 norms, a bias
  const parameters = 8 + 22 + 1 + 7 * 2 + 4 * 2 + 8
  const needed = neededBytes({ name: 'smallest', sizes, batch: 1, dropout: 0 })
  expect(needed).toBe(16 * parameters + 4 * (embeddings + layer + 20 + head))
})
