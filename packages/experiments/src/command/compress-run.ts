import type { Recipe } from '../compression/recipe.ts'
import { formatBytes } from '../quantities.ts'
import { type CompressedInFolder, compressInFolder } from '../tasks/compression/compress.ts'
import type { CompressCommandOptions, CompressionOptions } from './compress.ts'
import { readRecipe } from './read-recipe.ts'
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
