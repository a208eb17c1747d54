import type { Command } from 'commander'

/** The options of `tlc inspect`, as they were given. */
export interface InspectOptions {
  readonly model?: string
  readonly html?: string
  readonly json?: boolean
}

const examples = `
Examples:
  $ tlc inspect models/small
  $ tlc inspect models/small --model models/sentiment --html small.html
  $ tlc inspect models/small/compressed.safetensors --json`

/** `tlc inspect` */
export function addInspect(program: Command): void {
  program
    .command('inspect')
    .description('say what every byte of a compressed model is for, and what compression did to each weight')
    .argument('<artefact>', 'the folder of a compressed model, or the file in it')
    .option('--model <folder>', 'of the model before, for the error of each tensor')
    .option('--html <file>', 'a page with the ledger and a histogram of each matrix')
    .option('--json', 'JSON on standard output')
    .addHelpText('after', examples)
    .action(async (artefact: string, options: InspectOptions) =>
      (await import('./inspect-run.ts')).runInspect(artefact, options),
    )
}
