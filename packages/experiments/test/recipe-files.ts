import { disposeModule } from '@tlc/nn'
import { type Backend, openBackend, useBackend } from '@tlc/tensor'
import { compressModel } from '../src/compression/compress-model.ts'
import { parseRecipe } from '../src/compression/parse-recipe.ts'
import type { GivenRecipe } from '../src/compression/recipe.ts'
import { dataDrivenRecipes, dataFreeRecipes } from './recipes.ts'
import { tinyClassifier, tinyTask } from './tiny-classifier.ts'

/** The artefact of the tiny classifier after a recipe that a backend follows. */
export async function fileOn(backend: Backend, recipe: GivenRecipe): Promise<Uint8Array> {
  useBackend(backend)
  const model = tinyClassifier()
  try {
    return (await compressModel({ model, recipe: parseRecipe(recipe), task: tinyTask })).file
  } finally {
    disposeModule(model)
  }
}

/** The digest of each recipe's artefact, by its name, where the wasm backend follows it in strict mode. */
export async function strictDigests(threads: number): Promise<Readonly<Record<string, string>>> {
  const backend = await openBackend('wasm', { strict: true, threads })
  const digests: Record<string, string> = {}
  for (const [name, recipe] of [...dataFreeRecipes, ...dataDrivenRecipes])
    digests[name] = await digestOf(await fileOn(backend, recipe))
  await backend.close()
  return digests
}

/** The first 16 digits of the SHA-256. */
async function digestOf(file: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', file.slice()))
  return Array.from(digest.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
