import { type CompressedResult, pareto } from '../frontier/index.ts'
import { formatBytes, formatPercent, formatSeconds } from '../quantities.ts'
import { type SweepRow, sweepRecipes } from '../tasks/compression/sweep.ts'
import { UserError } from '../user-error.ts'
import { readRecipes } from './read-recipe.ts'
import { printJson, runTask } from './run-task.ts'
import { sameCommand } from './same-command.ts'
import type { SweepCommandOptions } from './sweep.ts'

/** Tries recipes on a model, and says what each is worth and which no other beats. */
export async function runSweep(given: SweepCommandOptions): Promise<void> {
  const { model, data, out, examples, windows, calibration, judged, json, seed } = given
  if (data === undefined) throw new UserError('a sweep judges what each recipe makes of the model; give --data')
  const recipes = await readRecipes(given.recipes, seed)
  const beginning = 'reading the model'
  const interrupted = `interrupted; what is done is kept. To go on:\n  ${sameCommand()}`
  const rows = await runTask({ ...given, beginning, interrupted }, (task) =>
    sweepRecipes({ model, data, out, recipes, examples, windows, calibration, judged }, task),
  )
  const best = frontierOf(rows)
  if (json) for (const row of rows) printJson({ ...row, onFrontier: best.has(row.recipe) })
  else console.log(table(rows, best))
}

/** The recipes that no other beats in both accuracy and bytes. */
function frontierOf(rows: readonly SweepRow[]): ReadonlySet<string> {
  const results = rows.map(
    ({ recipe, deployedAccuracy, bytes, seconds }): CompressedResult => ({
      ...{ model: 'the model', setting: recipe, seed: 1, accuracy: deployedAccuracy, bytes, latency: seconds },
    }),
  )
  return new Set(pareto(results, { cost: 'bytes' }).points.map(({ setting }) => setting))
}

function table(rows: readonly SweepRow[], best: ReadonlySet<string>): string {
  const lines = rows.map((row) => {
    const { recipe, accuracy, deployedAccuracy, bytes, decibels, seconds, speedup, deployed } = row
    const accuracies = [formatPercent(accuracy), formatPercent(deployedAccuracy)]
    const error = decibels === null ? '' : decibels.toFixed(1)
    const speed = [formatSeconds(seconds), `${speedup.toFixed(2)}x`, deployed.join(' of ')]
    return `| ${[best.has(recipe) ? `**${recipe}**` : recipe, ...accuracies, formatBytes(bytes), error, ...speed].join(' | ')} |`
  })
  return [
    '| recipe (bold: none is both smaller and better) | accuracy | deployed | file | error, dB | batch | faster | own kernels |',
    '|---|---|---|---|---|---|---|---|',
    ...lines,
  ].join('\n')
}
