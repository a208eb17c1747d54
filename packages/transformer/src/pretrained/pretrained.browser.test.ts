import { key, openBackend, range, useBackend } from '@tlc/tensor'
import { expect, test } from 'vitest'
import { robertaConfig } from '../roberta/config.ts'
import { RobertaForMaskedLM } from '../roberta/masked-lm.ts'
import { loadPretrained, writePretrained } from './index.ts'

const sizes = { layers: 1, hiddenSize: 4, heads: 2, feedForwardSize: 6, vocabularySize: 11, maxLength: 6 }

test('a page loads a model from Files, and from a URL that is relative to it', async () => {
  useBackend(await openBackend('reference'))
  const config = robertaConfig({ ...sizes, initializerRange: 0.5 })
  const model = new RobertaForMaskedLM({ config, key: key(1) })
  const logits = (of: RobertaForMaskedLM) =>
    of.forward(range(6, { dtype: 'i32' }).reshape([1, 6]), range(6, { dtype: 'i32' })).data()
  const files = await model.encodePretrained({ maxShardSize: 500 })
  const chosen = [...files].map(([name, data]) => new File([data as BlobPart], name))
  const { model: loaded } = await loadPretrained(chosen)
  expect(await logits(loaded as RobertaForMaskedLM)).toEqual(await logits(model))

  // The same model, by the server of this page. For files that are not there it has a page of its own.
  const { model: fetched, tokenizer } = await loadPretrained('/packages/transformer/test/fixtures/tiny-roberta')
  expect(await logits(fetched as RobertaForMaskedLM)).toEqual(await logits(model))
  expect(tokenizer).toBeUndefined()
  await expect(loadPretrained('/no/such/model')).rejects.toThrow(
    'no model can be read from /no/such/model: config.json is missing; the server answered config.json: ',
  )
})

test('a page has no folders to write to, and says what to do instead', async () => {
  await expect(writePretrained('model', new Map([['config.json', new Uint8Array()]]))).rejects.toThrow(
    'model cannot be written: there are no folders here; offer the files of encodePretrained() (config.json) for download',
  )
})
