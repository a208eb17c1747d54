import { type Command, Option } from 'commander'
import { presets } from '../study/presets.ts'
import { studyBackends } from '../study/study.ts'
import { seconds, wholeNumber } from './options.ts'
import type { StudyRunOptions } from './study-run.ts'

const presetOption = (): Option =>
  new Option('--preset <name>', 'a study that comes with tlc').choices(Object.keys(presets))

const examples = `
Writes DIR/report.html, DIR/results.json and DIR/runs. Run again, it repeats nothing that is finished; stopped or killed
at any moment and run again, it goes on, to the same numbers.

Examples:
  $ tlc study run --preset smoke
  $ tlc study run --preset quick --data my-texts.tsv --out runs/mine --seed 2
  $ tlc study new my-study.json && tlc study run --study my-study.json`

/** `tlc study run`, `tlc study list` and `tlc study new`. */
export function addStudy(program: Command): void {
  const study = program.command('study').description('train models of several sizes alike, compress and compare them')
  addRun(study)
  study.command('list').description('list the studies that come with tlc').option('--json', 'as JSON').action(list)
  study
    .command('new')
    .description('write a study to a file, to be edited and run with --study')
    .argument('<file>', 'a new file')
    .addOption(presetOption().default('quick'))
    .action(create)
}

function addRun(study: Command): void {
  study
    .command('run')
    .description('pretrain, fine-tune, prune and quantize models of several sizes, and write a report')
    .addOption(presetOption().conflicts('study'))
    .option('--study <file>', 'a study of your own, as JSON (see tlc study new); instead of --preset')
    .option('--out <directory>', 'where to write, and to go on (default: runs/ and the name of the study)')
    .option('--data <name-or-path>', "texts to learn from, instead of the study's own (see tlc data list)")
    .option('--seed <number>', 'of all random numbers', wholeNumber(0, Number.MAX_SAFE_INTEGER, 1), 1)
    .addOption(new Option('--backend <name>', 'what computes').choices(studyBackends).default('wasm'))
    .option(
      '--threads <number>',
      'of all sizes together, which train side by side (default: one per core)',
      wholeNumber(1, 1024, 2),
    )
    .option('--no-wide', "128-bit vectors, without V8's experimental 256-bit ones: the same numbers, later")
    .option(
      '--budget-steps <number>',
      'pretrain the first size for so many steps and the others for as many operations, instead of equal times',
      wholeNumber(1, Number.MAX_SAFE_INTEGER, 1000),
    )
    .option('--save-every <seconds>', 'work that a kill can cost at most (default: 10)', seconds)
    .option('--json', 'progress as JSON on standard output, one object per line; for people on standard error')
    .addHelpText('after', examples)
    .action(run)
}

async function run(options: StudyRunOptions): Promise<void> {
  const { runStudyCommand } = await import('./study-run.ts')
  await runStudyCommand(options)
}

function list({ json }: { readonly json?: boolean }): void {
  if (json) {
    console.log(JSON.stringify(presets))
    return
  }
  for (const [name, { data, models, pretraining }] of Object.entries(presets)) {
    const sizes = models.map(({ name }) => name).join(', ')
    console.log(
      `${name.padEnd(8)}${data}: ${models.length} sizes (${sizes}), ${pretraining.budgetSeconds} s of pretraining each`,
    )
  }
}

async function create(file: string, { preset }: { readonly preset: string }): Promise<void> {
  const { writeStudy } = await import('../study/study-file.ts')
  await writeStudy(file, { ...presets[preset]!, preset: 'mine' })
  console.log(`${file} written; edit it, then: tlc study run --study ${file}`)
}
