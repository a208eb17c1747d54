import { join } from 'node:path'
import { writeReport } from '../report/index.ts'
import type { StudyResults } from '../results.ts'
import { presets } from '../study/presets.ts'
import { runStudy } from '../study/run-study.ts'
import type { Study, StudyBackend } from '../study/study.ts'
import { readStudy } from '../study/study-file.ts'
import { interruption } from './interrupted.ts'
import { progressDisplay } from './progress-display.ts'
import { quoted } from './same-command.ts'
import { StudyBoard } from './study-board.ts'
import { summaryOf } from './summary.ts'
import { version } from './version.ts'

/** The options of `tlc study run`, as they were given. */
export interface StudyRunOptions {
  readonly preset?: string
  readonly study?: string
  readonly out?: string
  readonly data?: string
  readonly seed: number
  readonly backend: StudyBackend
  readonly threads?: number
  readonly wide: boolean
  readonly budgetSteps?: number
  readonly saveEvery?: number
  readonly json?: boolean
}

/** Runs a study, shows how far it is, writes its report, and sums it up. */
export async function runStudyCommand(options: StudyRunOptions): Promise<void> {
  const study = await studyOf(options)
  const directory = options.out ?? join('runs', study.preset)
  const command = commandOf(options, directory)
  const emit = (event: object): void => console.log(JSON.stringify(event))
  using interrupted = interruption(`\ninterrupted; what is done is kept. To go on:\n  ${command}`)
  const display = progressDisplay(process.stderr, new StudyBoard())
  let results: StudyResults
  try {
    results = await runStudy({
      study,
      directory,
      seed: options.seed,
      backend: options.backend,
      threads: options.threads,
      wide: options.wide,
      budgetSteps: options.budgetSteps,
      saveEverySeconds: options.saveEvery,
      command,
      version: version(),
      signal: interrupted.signal,
      onProgress(progress) {
        if (options.json) emit(progress)
        display.hear(progress)
      },
    })
  } catch (error) {
    if (options.json) emit({ phase: 'failed', message: (error as Error).message.trim() })
    throw error
  } finally {
    display.end()
  }
  const report = await writeReport(results, directory)
  const paths = { report, results: join(directory, 'results.json') }
  if (options.json) emit({ phase: 'done', ...paths })
  const summary = summaryOf(results, paths)
  if (options.json) console.error(summary)
  else console.log(summary)
}

async function studyOf({ preset = 'quick', study: file, data }: StudyRunOptions): Promise<Study> {
  const study = file === undefined ? presets[preset]! : await readStudy(file)
  return data === undefined ? study : { ...study, data }
}

/** What to type to get the same numbers. */
function commandOf(
  { preset = 'quick', study, data, seed, backend, budgetSteps }: StudyRunOptions,
  out: string,
): string {
  const given = Object.entries({
    ...(study === undefined ? { preset } : { study }),
    out,
    data,
    seed,
    backend,
    'budget-steps': budgetSteps,
  })
  const words = given.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, quoted(String(value))]))
  return ['npx tlc study run', ...words].join(' ')
}
