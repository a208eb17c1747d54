import type { Command } from 'commander'
import { wholeNumber } from './options.ts'

/** The options of `tlc tokenizer train`, as they were given. */
export interface TokenizerTrainOptions {
  readonly vocabularySize: number
  readonly out: string
  readonly json?: boolean
}

/** The options of `tlc tokenizer encode` and `decode`, as they were given. */
export interface TokenizerUseOptions {
  readonly tokenizer: string
  readonly specialTokens?: boolean
  readonly json?: boolean
}

const examples = `
Examples:
  $ tlc tokenizer train imdb --vocabulary-size 8192 --out tokenizers/imdb
  $ cat *.txt | tlc tokenizer train --vocabulary-size 4096 --out tokenizers/mine
  $ tlc tokenizer encode --tokenizer tokenizers/imdb "This film was great." | tlc tokenizer decode --tokenizer tokenizers/imdb`

/** `tlc tokenizer train`, `encode` and `decode`. */
export function addTokenizer(program: Command): void {
  const tokenizer = program
    .command('tokenizer')
    .description('learn a byte-level BPE tokenizer from texts, and use it')
    .addHelpText('after', examples)
  tokenizer
    .command('train')
    .description('learn a tokenizer, and write it as tokenizer.json')
    .argument('[sources...]', "data sets' names or text files; without any, or for -, the lines of standard input")
    .requiredOption('--out <folder>', 'where tokenizer.json goes')
    .option('--vocabulary-size <tokens>', 'bytes and special tokens included', wholeNumber(1, 10_000_000, 8192), 8192)
    .option('--json', 'progress and result as JSON on standard output')
    .addHelpText('after', examples)
    .action(async (sources: string[], options: TokenizerTrainOptions) =>
      (await import('./tokenizer-run.ts')).runTokenizerTrain(sources, options),
    )
  addUse(tokenizer, 'encode', 'texts to ids, a line for each', '[text...]').option(
    '--no-special-tokens',
    'leave <s> and </s> out',
  )
  addUse(tokenizer, 'decode', 'ids to texts, a line for each', '[ids...]').option(
    '--special-tokens',
    'leave <s> and </s> in',
  )
}

function addUse(tokenizer: Command, name: 'encode' | 'decode', description: string, argument: string): Command {
  return tokenizer
    .command(name)
    .description(description)
    .argument(argument, 'or else the lines of standard input')
    .requiredOption('--tokenizer <folder>', 'a folder with a tokenizer.json, or that file')
    .option('--json', 'an object on each line')
    .addHelpText('after', examples)
    .action(async (given: string[], options: TokenizerUseOptions) =>
      (await import('./tokenizer-run.ts')).runTokenizerUse(name, given, options),
    )
}
