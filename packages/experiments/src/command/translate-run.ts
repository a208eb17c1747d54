import { TransformerForTranslation } from '@tlc/transformer'
import { expectModel, loadModel } from '../tasks/load-model.ts'
import { type TranslateOptions, type Translation, translate } from '../tasks/translate.ts'
import { textsOf } from './input-lines.ts'
import { printJson, runTask } from './run-task.ts'
import type { TranslateCommandOptions } from './translate.ts'

/** So many batches are read at once, so that texts of like length can go together. */
const batchesAtOnce = 8

/** Translates texts, a line for each, in their order. */
export async function runTranslate(texts: readonly string[], given: TranslateCommandOptions): Promise<void> {
  await runTask(given, async () => {
    const loaded = expectModel(given.model, await loadModel(given.model), TransformerForTranslation)
    const options = optionsOf(given)
    let number = 0
    let cut = 0
    for await (const group of textsOf(texts, batchesAtOnce * given.batchSize)) {
      for (const translation of await translate(loaded, group, { ...options, number })) {
        number++
        if (translation.cut) cut++
        print(translation, number, given)
      }
    }
    const { maxLength } = loaded.model.config
    if (cut > 0)
      console.error(
        `${cut} of ${number} texts are longer than the ${maxLength} tokens that the model reads, and were cut there`,
      )
  })
}

function optionsOf(given: TranslateCommandOptions): TranslateOptions {
  const { beams, lengthPenalty, greedy, sample, temperature, topK, topP, nBest, batchSize, seed } = given
  const search = greedy ? 'greedy' : sample ? 'sample' : 'beam'
  return { search, beams, lengthPenalty, best: nBest, temperature, topK, topP, batchSize, seed }
}

function print(translation: Translation, number: number, { json, nBest }: TranslateCommandOptions): void {
  if (json) printJson(translation)
  else if (nBest === 1) console.log(oneLine(translation.translations[0]!.text))
  else
    for (const { score, text } of translation.translations)
      console.log(`${number}\t${score.toFixed(4)}\t${oneLine(text)}`)
}

/** A translation that has line breaks would shift all that follow. */
function oneLine(text: string): string {
  return text.replaceAll(/\s*[\n\r\u2028\u2029]\s*/g, ' ')
}
