import { evaluate } from '../tasks/evaluate.ts'
import { loadModel } from '../tasks/load-model.ts'
import { deploymentTable } from './deployment-table.ts'
import type { EvalOptions } from './eval.ts'
import { printJson, runTask } from './run-task.ts'
import { formatMeasures } from './task-board.ts'

/** Judges a model, and says how good it is. */
export async function runEval(given: EvalOptions): Promise<void> {
  const { data, split, limit, windows, beams, lengthPenalty, greedy, deploy, json } = given
  const search = greedy ? 'greedy' : 'beam'
  const options = { data, split, limit, windows, beams, lengthPenalty, search, deploy } as const
  const found = await runTask({ ...given, beginning: 'reading the model' }, async (task) =>
    evaluate(await loadModel(given.model), options, task),
  )
  if (json) {
    printJson({ phase: 'done', model: given.model, ...found })
    return
  }
  if (found.layers) console.log(`${deploymentTable(found.layers)}\n`)
  console.log(`${given.model}, a ${found.architecture}, on ${found.count} of ${found.data} (${found.split}):`)
  console.log(formatMeasures(found.measures))
  for (const signature of found.signatures ?? []) console.log(signature)
}
