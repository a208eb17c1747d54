import { disposeModule } from '@tlc/nn'
import { readArtefact, useArtefact } from '@tlc/quant'
import { type Backend, openBackend, useBackend } from '@tlc/tensor'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tinyClassifier, tinyTask } from '../../test/tiny-classifier.ts'
import { compressModel } from './compress-model.ts'
import { parseRecipe } from './parse-recipe.ts'
import type { GivenRecipe } from './recipe.ts'

const backends = new Map<string, Backend>()
beforeAll(async () => {
  for (const name of ['reference', 'wasm'] as const) backends.set(name, await openBackend(name))
})
afterAll(async () => {
  for (const backend of backends.values()) await backend.close()
})

async function fileOn(backend: string, recipe: GivenRecipe): Promise<Uint8Array> {
  useBackend(backends.get(backend)!)
  const model = tinyClassifier()
  try {
    return (await compressModel({ model, recipe: parseRecipe(recipe), task: tinyTask })).file
  } finally {
    disposeModule(model)
  }
}

describe('a recipe without examples gives the same file to the byte on every backend', () => {
  test.each<[string, GivenRecipe]>([
    ['the paper: magnitude, then k bits', [{ prune: { sparsity: 0.6 } }, { quantize: { bits: 4 } }]],
    ['units', [{ prune: { structure: 'heads', sparsity: 0.5 } }, { prune: { structure: 'neurons', sparsity: 0.4 } }]],
    [
      '2:4 and groups',
      [
        { prune: { structure: '2:4', sparsity: 0.5 } },
        { quantize: { bits: 4, granularity: { group: 8 }, rounding: 'hqq' } },
      ],
    ],
    [
      'random blocks, a codebook, Huffman',
      [
        { prune: { structure: '1x4', sparsity: 0.7, criterion: 'random', seed: 5 } },
        { quantize: { scheme: 'codebook', bits: 4 } },
        { encode: { entropy: 'huffman' } },
      ],
    ],
    ['stochastic rounding', [{ quantize: { bits: 3, granularity: 'row', rounding: 'stochastic', seed: 9 } }]],
    [
      'single matrices by Erdős–Rényi, NF4',
      [{ prune: { sparsity: 0.5, scope: 'erk' } }, { quantize: { scheme: 'nf4' } }],
    ],
    ['ternary', [{ quantize: { scheme: 'ternary', granularity: 'row' } }]],
    [
      'every other layer',
      [
        { prune: { structure: 'layers', sparsity: 0.5 } },
        { quantize: { bits: 8, granularity: 'row', grid: 'symmetric' } },
      ],
    ],
  ])('%s', async (_, recipe) => {
    expect(await fileOn('wasm', recipe)).toEqual(await fileOn('reference', recipe))
  })
})

test.each<[string, GivenRecipe]>([
  [
    'criteria that look at gradients and inputs',
    [
      { prune: { sparsity: 0.3, criterion: 'taylor' } },
      { prune: { sparsity: 0.5, criterion: 'wanda', scope: 'perRow' } },
    ],
  ],
  [
    'heads by their importance, GPTQ',
    [
      { prune: { structure: 'heads', sparsity: 0.5, criterion: 'taylor' } },
      { quantize: { bits: 4, granularity: 'row', rounding: 'gptq' } },
    ],
  ],
  [
    'training with a teacher and rounded weights',
    [
      { prune: { sparsity: 0.5 } },
      {
        finetune: {
          steps: 6,
          batchSize: 8,
          learningRate: 1e-2,
          distill: { temperature: 2, alpha: 0.5 },
          fakeQuantize: { bits: 8, granularity: 'row' },
        },
      },
      { quantize: { bits: 8, granularity: 'row', grid: 'symmetric' } },
    ],
  ],
])('a recipe gives the same file again on one backend: %s', async (_, recipe) => {
  expect(await fileOn('wasm', recipe)).toEqual(await fileOn('wasm', recipe))
})

test('fine-tuning keeps pruned weights at 0, and lowers the loss', async () => {
  useBackend(backends.get('wasm')!)
  const model = tinyClassifier()
  const losses: number[] = []
  const { artefact } = await compressModel({
    model,
    task: tinyTask,
    recipe: parseRecipe([{ prune: { sparsity: 0.5 } }, { finetune: { steps: 60, batchSize: 8, learningRate: 1e-2 } }]),
    onProgress: (progress) => progress.phase === 'training' && losses.push(progress.loss),
  })
  expect(losses.at(-1)!).toBeLessThan(losses[0]! / 2)
  let [zeros, size] = [0, 0]
  for (const [name, tensor] of artefact.tensors) {
    if (tensor.scheme !== 'f32' || !/encoder.*dense\.weight|self\.\w+\.weight/.test(name)) continue
    zeros += tensor.values.reduce((count, each) => count + Number(each === 0), 0)
    size += tensor.values.length
  }
  expect(zeros / size).toBeCloseTo(0.5, 3)
})

test('an artefact read back gives the outputs that were measured', async () => {
  useBackend(backends.get('wasm')!)
  const model = tinyClassifier()
  const { ids } = [...tinyTask.calibration()][0]!
  let measured: number[] = []
  const { file } = await compressModel({
    model,
    recipe: parseRecipe([{ prune: { sparsity: 0.4 } }, { quantize: { bits: 6 } }]),
    parent: 'ab'.repeat(32),
    async measure(used, artefact) {
      using _rounded = useArtefact(used, artefact)
      measured = [...(await used.forward(ids).data())]
      return { first: measured[0]! }
    },
  })
  const artefact = readArtefact(file)
  expect(artefact.metrics).toEqual({ first: measured[0] })
  expect(artefact.parent).toBe('ab'.repeat(32))
  expect(parseRecipe(JSON.parse(artefact.recipe!))).toHaveLength(2)
  using _rounded = useArtefact(model, artefact)
  expect([...(await model.forward(ids).data())]).toEqual(measured)
})

test('a step that needs examples says so before anything is done', async () => {
  useBackend(backends.get('wasm')!)
  const recipe = parseRecipe([{ prune: { sparsity: 0.5, criterion: 'wanda' } }])
  await expect(compressModel({ model: tinyClassifier(), recipe })).rejects.toThrow(
    'pruning by wanda looks at examples, and none were given',
  )
})
