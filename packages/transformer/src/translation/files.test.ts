import { encodeTensors, parameterTensors } from '@tlc/nn'
import { type Backend, openBackend, tensor, useBackend } from '@tlc/tensor'
import { beforeAll, describe, expect, test } from 'vitest'
import { smallModel } from '../../test/translation-decoding.ts'
import { trainTokenizer } from '../tokenizer/index.ts'
import { translationConfig } from './config.ts'
import { decodeTranslation, encodeTranslation } from './files.ts'
import { translationGrid } from './presets.ts'

let backend: Backend
beforeAll(async () => {
  backend = await openBackend('reference')
  useBackend(backend)
})

const tokenizer = trainTokenizer(['to be or not to be'], { vocabularySize: 265 })
const ids = (row: number[]) => tensor([row], { dtype: 'i32' })

describe('a translation model as files', () => {
  test('comes back with its configuration, its tokenizer and the same bits', async () => {
    const model = smallModel({ vocabularySize: 270, positions: 'learned', normalization: 'pre', activation: 'gelu' })
    const files = await encodeTranslation(model, tokenizer)
    expect([...files.keys()].sort((a, b) => a.localeCompare(b))).toEqual([
      'config.json',
      'model.safetensors',
      'tokenizer.json',
    ])
    const read = decodeTranslation(files)
    expect(read.model.config).toEqual(model.config)
    expect(read.tokenizer!.encode('to be')).toEqual(tokenizer.encode('to be'))
    for (const [name, x] of parameterTensors(model)) {
      expect(await parameterTensors(read.model).get(name)!.data()).toEqual(await x.data())
    }
    const forward = (of: typeof model) => of.forward(ids([0, 5, 2]), ids([0, 9])).data()
    expect(await forward(read.model)).toEqual(await forward(model))
    expect(await encodeTranslation(read.model, read.tokenizer)).toEqual(files)
  })

  test('that is damaged, of another kind or does not fit is refused, and nothing is left in memory', async () => {
    const model = smallModel({ vocabularySize: 270 })
    const files = await encodeTranslation(model)
    const config = new TextDecoder().decode(files.get('config.json'))
    const { tensors } = backend.memory()
    const withFile = (name: string, content: string | Uint8Array | undefined) => () => {
      const changed = new Map(files)
      if (content === undefined) changed.delete(name)
      else changed.set(name, typeof content === 'string' ? new TextEncoder().encode(content) : content)
      return decodeTranslation(changed)
    }
    expect(withFile('model.safetensors', undefined)).toThrow('model.safetensors is missing; there are config.json')
    expect(withFile('model.safetensors', files.get('model.safetensors')!.slice(0, 1000))).toThrow('safetensors: ')
    expect(withFile('config.json', '{"model_type"')).toThrow('config.json is no JSON')
    expect(withFile('config.json', '{"model_type": "roberta"}')).toThrow('must be \'tlc-translation\', got "roberta"')
    expect(withFile('config.json', 'null')).toThrow("must be 'tlc-translation', got nothing")
    expect(withFile('config.json', config.replace('"heads": 4', '"heads": 5'))).toThrow('does not divide into 5 heads')
    expect(withFile('config.json', config.replace('"decoderLayers": 2', '"decoderLayers": 1'))).toThrow(
      'not expected: decoder.layer.1.',
    )
    expect(backend.memory().tensors).toBe(tensors)
    const fewer = await encodeTensors(new Map([...parameterTensors(model)].slice(1)))
    expect(withFile('model.safetensors', fewer)).toThrow('missing: words.weight')
  })

  test('has no tokenizer that does not fit it', async () => {
    await expect(encodeTranslation(smallModel(), tokenizer)).rejects.toThrow(
      `the tokenizer has ${tokenizer.vocabularySize} tokens and the model 40; use the tokenizer that the model was trained with`,
    )
    await expect(encodeTranslation(smallModel({ vocabularySize: 270, endId: 5 }), tokenizer)).rejects.toThrow(
      '</s> is 2 in the tokenizer and 5 in the model',
    )
  })
})

test('a configuration that is wrong says everything that is', () => {
  const config = (options: object) => () => translationConfig({ ...translationGrid.base, ...options })
  expect(config({ heads: 3 })).toThrow('hiddenSize 64 does not divide into 3 heads')
  expect(config({ encoderLayers: 0, dropout: 1, normalization: 'none' })).toThrow(
    'translation: encoderLayers must be a whole number > 0, got 0; ' +
      'dropout must be a number from 0 up to, but not, 1, got 1; normalization must be post or pre, got "none"',
  )
  expect(config({ vocabularySize: undefined })).toThrow('vocabularySize must be a whole number > 0, got nothing')
  expect(config({ endId: 1 })).toThrow('must be three different ids')
  expect(config({ paddingId: 8192 })).toThrow('paddingId must be a whole number from 0 to 8191, got 8192')
  expect(config({ model_type: 'x' })()).not.toHaveProperty('model_type')
})
