import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runHash, writeFileAtomically } from '../store/index.ts'
import { UserError } from '../user-error.ts'
import { calibrate } from './calibrate.ts'
import type { Setting } from './setting.ts'
import type { ModelSize } from './study.ts'

/** Seconds of a training step by the hash of all that it depends on. */
type Calibration = Record<string, number>

export interface CalibrationOptions {
  /** where step times are kept */
  readonly directory: string
  readonly backend: string
  /** hears which size is about to be measured */
  readonly onMeasure?: ((size: ModelSize) => void) | undefined
}

/**
 * The step time of each size: measured once in a study's directory and then kept, so that whoever runs the study again
 * trains for the same steps, whatever the machine is doing.
 */
export async function stepSecondsOf(
  setting: Setting,
  sizes: readonly ModelSize[],
  { directory, backend, onMeasure }: CalibrationOptions,
): Promise<Map<string, number>> {
  const path = join(directory, 'calibration.json')
  const known = await read(path)
  const { vocabularySize, pretraining } = setting.study
  const found = new Map<string, number>()
  for (const size of sizes) {
    const hash = runHash({ backend, size, vocabularySize, batch: pretraining.batch, length: pretraining.length })
    if (known[hash] === undefined) {
      onMeasure?.(size)
      known[hash] = await calibrate(setting, size)
      await writeFileAtomically(path, `${JSON.stringify(known, null, 2)}\n`)
    }
    found.set(size.name, known[hash])
  }
  return found
}

async function read(path: string): Promise<Calibration> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}'
    throw new UserError(`cannot read ${path}: ${error.message}`, { cause: error })
  })
  const damaged = (cause?: unknown): UserError =>
    new UserError(`${path} is damaged; delete it to measure again (runs of other lengths are then done anew)`, {
      cause,
    })
  let found: Calibration
  try {
    found = JSON.parse(text) as Calibration
  } catch (cause) {
    throw damaged(cause)
  }
  if (!Object.values(found ?? [0]).every((seconds) => typeof seconds === 'number' && seconds > 0)) throw damaged()
  return found
}
