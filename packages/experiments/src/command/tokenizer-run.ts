import type { Tokenizer } from '@tlc/transformer'
import { formatCount } from '../quantities.ts'
import { loadTokenizerFrom } from '../tasks/load-model.ts'
import { trainTokenizerInFolder } from '../tasks/train-tokenizer.ts'
import { UserError } from '../user-error.ts'
import { linesOfInput, textsOf } from './input-lines.ts'
import { progressDisplay } from './progress-display.ts'
import { printJson } from './run-task.ts'
import { TaskBoard } from './task-board.ts'
import type { TokenizerTrainOptions, TokenizerUseOptions } from './tokenizer.ts'

/** Learns a tokenizer, and says how well it packs. There is nothing to save before the end: Ctrl-C just ends it. */
export async function runTokenizerTrain(
  sources: readonly string[],
  { json, ...options }: TokenizerTrainOptions,
): Promise<void> {
  const display = progressDisplay(process.stderr, new TaskBoard('looking for the texts'))
  const given = sources.length > 0 ? sources : ['-']
  const trained = await trainTokenizerInFolder(
    { ...options, sources: given.map((source) => (source === '-' ? linesOfInput() : source)) },
    {
      onProgress(progress) {
        if (json) printJson(progress)
        display.hear(progress)
      },
    },
  ).finally(() => display.end())
  const { folder, vocabularySize, texts, bytesPerToken } = trained
  if (json) printJson({ phase: 'done', ...trained })
  const say = json ? console.error : console.log
  say(
    `${folder}/tokenizer.json: ${vocabularySize} tokens, learned from ${formatCount(texts)} texts; ` +
      `${bytesPerToken.toFixed(2)} bytes per token`,
  )
}

const uses: {
  readonly [U in 'encode' | 'decode']: (tokenizer: Tokenizer, line: string, specialTokens: boolean) => number[] | string
} = {
  encode: (tokenizer, line, specialTokens) => [...tokenizer.encode(line, { specialTokens })],
  decode: (tokenizer, line, specialTokens) =>
    decoded(tokenizer, line, line.trim() === '' ? [] : line.trim().split(/[\s,]+/), !specialTokens),
}

/** Encodes or decodes line by line. */
export async function runTokenizerUse(
  use: 'encode' | 'decode',
  given: readonly string[],
  { tokenizer: path, specialTokens = false, json }: TokenizerUseOptions,
): Promise<void> {
  const tokenizer = await loadTokenizerFrom(path)
  const lines = use === 'decode' && given.length > 0 ? [given.join(' ')] : given
  for await (const group of textsOf(lines, 1000)) {
    for (const line of group) {
      const result = uses[use](tokenizer, line, specialTokens)
      if (json) printJson(typeof result === 'string' ? { text: result } : { ids: result })
      else console.log(typeof result === 'string' ? result : result.join(' '))
    }
  }
}

function decoded(tokenizer: Tokenizer, line: string, words: readonly string[], skipSpecialTokens: boolean): string {
  const ids = words.map(Number)
  const wrong = words.find(
    (_, at) => !(Number.isInteger(ids[at]) && ids[at]! >= 0 && ids[at]! < tokenizer.vocabularySize),
  )
  if (wrong === undefined) return tokenizer.decode(ids, { skipSpecialTokens })
  throw new UserError(
    `${JSON.stringify(wrong)} in ${JSON.stringify(line.slice(0, 80))} is no id; expected whole numbers from 0 to ` +
      `${tokenizer.vocabularySize - 1}, separated by spaces`,
  )
}
