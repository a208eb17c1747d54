import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { canonicalJson, type FinishedRun, openRun, runHash, type UnfinishedRun } from '../store/index.ts'
import { checkOutput } from '../study/check-output.ts'
import { UserError } from '../user-error.ts'

/** What a training depends on, as JSON can hold it. What is undefined is left out. */
export type TrainingConfig = Readonly<Record<string, unknown>>

const prefix = 'training-'

/**
 * Opens the training of a folder, `FOLDER/training-HASH`, to begin it or to go on with it; beside it the trained model
 * will lie. A folder is for one training: with other options it is refused, naming them.
 *
 * @throws UserError if the folder has another training or a model of other origin, is in use, or cannot be written to
 */
export async function openTraining<Result>(
  folder: string,
  given: TrainingConfig,
): Promise<FinishedRun<Result> | UnfinishedRun<Result>> {
  await checkOutput(folder)
  const config = JSON.parse(JSON.stringify(given)) as TrainingConfig
  const own = `${prefix}${runHash(config)}`
  const names = await readdir(folder).catch((): string[] => [])
  const other = names.find((name) => name.startsWith(prefix) && name !== own)
  if (other !== undefined) {
    const differences = await differencesFrom(join(folder, other, 'config.json'), config)
    throw new UserError(
      `${folder} has a training with other options: ${differences}. To go on with it, give the same; for a new one, ` +
        'choose another --out',
    )
  }
  if (!names.includes(own) && names.includes('config.json'))
    throw new UserError(`${folder} has a model that was not trained there; choose another --out`)
  return openRun(folder, config, { label: prefix.slice(0, -1) })
}

/** 'batchSize 16 there, 32 given' for each option that is not the same. */
async function differencesFrom(path: string, config: TrainingConfig): Promise<string> {
  let there: TrainingConfig
  try {
    there = JSON.parse(await readFile(path, 'utf8')) as TrainingConfig
  } catch {
    return 'which, cannot be read any more'
  }
  const names = [...new Set([...Object.keys(there), ...Object.keys(config)])]
  const say = (value: unknown): string => (value === undefined ? 'none' : canonicalJson(value))
  return names
    .filter((name) => say(there[name]) !== say(config[name]))
    .map((name) => `${name} ${say(there[name])} there, ${say(config[name])} given`)
    .join('; ')
}
