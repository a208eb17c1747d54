import { type Command, InvalidArgumentError, Option } from 'commander'
import { addCompressionOptions, type CompressionOptions } from './compress.ts'
import { wholeNumber } from './options.ts'

/** The options of `tlc quantize`, as they were given. */
export interface QuantizeCommandOptions extends CompressionOptions {
  readonly scheme: string
  readonly bits?: number
  readonly granularity?: 'tensor' | 'row' | { readonly group: number }
  readonly grid?: string
  readonly rounding: string
  readonly embeddings: boolean
  readonly entropy?: boolean
}

const examples = `
A recipe of one step: tlc compress does several.

Examples:
  $ tlc quantize --model models/sentiment --bits 8 --granularity row --grid symmetric --out models/int8
  $ tlc quantize --model models/sentiment --bits 4 --granularity 64 --rounding gptq --data imdb-sentiment --out models/four-bits
  $ tlc quantize --model models/sentiment --scheme q4_k --out models/q4k`

/** `tlc quantize` */
export function addQuantize(program: Command): void {
  const command = program
    .command('quantize')
    .description('write the matrices of a model as numbers of few bits')
    .addOption(
      new Option('--scheme <name>', 'how numbers are written')
        .choices(['affine', 'codebook', 'nf4', 'ternary', 'q8_0', 'q4_0', 'q4_k', 'q6_k'])
        .default('affine'),
    )
    .option('--bits <number>', 'of affine and codebook', wholeNumber(1, 8, 8))
    .option('--granularity <name>', 'what shares a range: tensor, row, or a number of neighbours in a row', granularity)
    .addOption(
      new Option('--grid <name>', 'of affine (default: minmax, or zeroExact for a pruned model)').choices([
        'minmax',
        'zeroExact',
        'symmetric',
      ]),
    )
    .addOption(
      new Option('--rounding <name>', 'of affine').choices(['nearest', 'stochastic', 'gptq', 'hqq']).default('nearest'),
    )
    .option('--no-embeddings', 'leave embeddings in f32')
    .option('--entropy', 'Huffman codes where they are shorter')
    .addHelpText('after', examples)
    .action(async (options: QuantizeCommandOptions, self: Command) =>
      (await import('./quantize-run.ts')).runQuantize(options, self),
    )
  addCompressionOptions(command)
}

function granularity(value: string): 'tensor' | 'row' | { readonly group: number } {
  if (value === 'tensor' || value === 'row') return value
  if (/^[1-9]\d*$/.test(value)) return { group: Number(value) }
  throw new InvalidArgumentError('Expected tensor, row, or a whole number of neighbours, for example 64.')
}
