import { readArtefact, useArtefact } from '@tlc/quant'
import { type Backend, openBackend, useBackend } from '@tlc/tensor'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fileOn } from '../../test/recipe-files.ts'
import { dataDrivenRecipes } from '../../test/recipes.ts'
import { sameFiles } from '../../test/same-files.ts'
import { tinyClassifier, tinyTask } from '../../test/tiny-classifier.ts'
import { compressModel } from './compress-model.ts'
import { parseRecipe } from './parse-recipe.ts'

let wasm: Backend
beforeAll(async () => {
  wasm = await openBackend('wasm')
})
afterAll(() => wasm.close())

sameFiles('wasm', () => openBackend('wasm'))

test.each(dataDrivenRecipes)('a recipe gives the same file again on one backend: %s', async (_, recipe) => {
  expect(await fileOn(wasm, recipe)).toEqual(await fileOn(wasm, recipe))
})

test('fine-tuning keeps pruned weights at 0, and lowers the loss', async () => {
  useBackend(wasm)
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
  useBackend(wasm)
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
  useBackend(wasm)
  const recipe = parseRecipe([{ prune: { sparsity: 0.5, criterion: 'wanda' } }])
  await expect(compressModel({ model: tinyClassifier(), recipe })).rejects.toThrow(
    'pruning by wanda looks at examples, and none were given',
  )
})
