import { RobertaForMaskedLM } from '@tlc/transformer'
import { formatPercent } from '../quantities.ts'
import { type FilledMasks, fillMask } from '../tasks/fill-mask.ts'
import { expectModel, loadModel } from '../tasks/load-model.ts'
import type { FillMaskOptions } from './fill-mask.ts'
import { textsOf } from './input-lines.ts'
import { printJson, runTask } from './run-task.ts'

/** Fills the masks of texts, one after the other. */
export async function runFillMask(texts: readonly string[], options: FillMaskOptions): Promise<void> {
  await runTask(options, async () => {
    const loaded = expectModel(options.model, await loadModel(options.model), RobertaForMaskedLM)
    for await (const group of textsOf(texts, 1)) {
      for (const text of group) {
        if (text.trim() === '') continue
        const filled = await fillMask(loaded, text, options.top)
        if (options.json) printJson(filled)
        else console.log(describe(filled))
      }
    }
  })
}

function describe({ text, masks, filled }: FilledMasks): string {
  const guesses = masks.map((guesses, index) => {
    const name = masks.length > 1 ? `  mask ${index + 1}` : ''
    const rows = guesses.map(({ token, probability }) => `  ${formatPercent(probability).padStart(6)}  ${token}`)
    return [...(name ? [name] : []), ...rows].join('\n')
  })
  return [text, ...guesses, `  ${filled}`, ''].join('\n')
}
