import { readFile } from 'node:fs/promises'
import { parseRecipe } from '../compression/parse-recipe.ts'
import type { Recipe } from '../compression/recipe.ts'
import { formatBytes } from '../quantities.ts'
import { type CompressedInFolder, compressInFolder } from '../tasks/compression/compress.ts'
import { UserError } from '../user-error.ts'
import type { CompressCommandOptions, CompressionOptions } from './compress.ts'
import { printJson, runTask } from './run-task.ts'
import { sameCommand } from './same-command.ts'
import { formatMeasures } from './task-board.ts'

/** Puts a model through the recipe of a file. */
export async function runCompress(given: CompressCommandOptions): Promise<void> {
  await compressBy(await readRecipe(given.recipe, given.seed), given)
}

/** Puts a model through a recipe, and says what became of it. */
export async function compressBy(recipe: Recipe, given: CompressionOptions): Promise<void> {
  const { model, out, data, examples, windows, calibration, json } = given
  const beginning = 'reading the model'
  const interrupted = `interrupted; what is done is kept. To go on:\n  ${sameCommand()}`
  const found = await runTask({ ...given, beginning, interrupted }, (task) =>
    compressInFolder({ model, recipe, out, data, examples, windows, calibration }, task),
  )
  if (json) printJson({ phase: 'done', ...found })
  const say = json ? console.error : console.log
  for (const line of report(found)) say(line)
}

function report({ artefact, bytes, bytesBefore, gzipBytes, before, after }: CompressedInFolder): string[] {
  const ratio = (bytesBefore / bytes).toFixed(1)
  return [
    `${artefact}: ${formatBytes(bytes)}, ${ratio} times smaller than ${formatBytes(bytesBefore)}; ${formatBytes(gzipBytes)} after gzip`,
    ...(before && after ? [`before: ${formatMeasures(before)}`, `after:  ${formatMeasures(after)}`] : []),
  ]
}

async function readRecipe(path: string, seed: number): Promise<Recipe> {
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new UserError(`cannot read ${path}: ${cause.message}; expected a recipe (tlc compress --help shows one)`, {
      cause,
    })
  })
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new UserError(`${path} is not JSON: ${(cause as Error).message}`, { cause })
  }
  try {
    return parseRecipe(value, seed)
  } catch (cause) {
    throw new UserError(`${path}: ${(cause as Error).message}`, { cause })
  }
}
