import { key, openBackend, tensor, useBackend } from '@tlc/tensor'
import { beforeAll, describe, expect, test } from 'vitest'
import { trainTokenizer } from '../tokenizer/index.ts'
import { robertaConfig } from './config.ts'
import { RobertaModel } from './model.ts'
import { sentenceEmbeddings } from './sentence-embeddings.ts'

const size = 4
const config = robertaConfig({
  ...{ layers: 1, hiddenSize: size, heads: 2, feedForwardSize: 6, vocabularySize: 264, maxLength: 12 },
  initializerRange: 0.5,
})
const { paddingId } = config
const tokenizer = trainTokenizer(['to be or not to be'], { vocabularySize: 264 })

/** Two texts, a pair, and one of padding only. */
const batch = () => {
  const encoded = [
    tokenizer.encode('to be'),
    tokenizer.encode('or not'),
    tokenizer.encode(['to', 'be']),
    new Int32Array(0),
  ]
  const length = Math.max(...encoded.map((ids) => ids.length))
  const rows = encoded.map((ids) => [...ids, ...new Array<number>(length - ids.length).fill(paddingId)])
  return { encoded, length, ids: tensor(rows, { dtype: 'i32' }) }
}

let model: RobertaModel
beforeAll(async () => {
  useBackend(await openBackend('reference'))
  model = new RobertaModel({ config, key: key(1) })
})

describe('a sentence embedding', () => {
  test('is the mean over real tokens, computed in float64, and 0 where there are none', async () => {
    const { encoded, length, ids } = batch()
    const hidden = await model.forward(ids).data()
    const expected = encoded.flatMap(({ length: tokens }, text) =>
      Array.from({ length: size }, (_, feature) => {
        const values = Array.from({ length: tokens }, (_, i) => hidden[(text * length + i) * size + feature]!)
        return tokens === 0 ? 0 : values.reduce((a, b) => a + b) / tokens
      }),
    )
    const embeddings = await sentenceEmbeddings(model, ids).data()
    // A sum of ten numbers of size 1: some roundings of 2⁻²⁴.
    embeddings.forEach((x, i) => expect(Math.abs(x - expected[i]!)).toBeLessThan(1e-6))
  })

  test('does not depend on padding, and a mask says what padding is', async () => {
    const { encoded, ids } = batch()
    const together = await sentenceEmbeddings(model, ids).data()
    for (const [text, alone] of encoded.slice(0, 3).entries()) {
      const single = await sentenceEmbeddings(model, tensor(alone, { shape: [1, alone.length] })).data()
      // The same sums in another order.
      single.forEach((x, i) => expect(Math.abs(x - together[text * size + i]!)).toBeLessThan(1e-6))
    }
    const attentionMask = tensor([[1, 1, 0, 0]])
    const four = tensor([[0, 5, 6, 7]], { dtype: 'i32' })
    const two = tensor([[0, 5]], { dtype: 'i32' })
    const masked = await sentenceEmbeddings(model, four, { attentionMask }).data()
    const cut = await sentenceEmbeddings(model, two).data()
    masked.forEach((x, i) => expect(Math.abs(x - cut[i]!)).toBeLessThan(1e-6))
  })

  test('is the vector of the first token if that is asked for', async () => {
    const { ids, length } = batch()
    const hidden = await model.forward(ids).data()
    const first = [0, 1, 2, 3].flatMap((text) => [...hidden.subarray(text * length * size, (text * length + 1) * size)])
    expect([...(await sentenceEmbeddings(model, ids, { pooling: 'first' }).data())]).toEqual(first)
  })

  test('of a pair sees both texts in the frame <s> a </s></s> b </s>', () => {
    const [a, b] = ['to', 'be'].map((text) => [...tokenizer.encode(text, { specialTokens: false })])
    const { beginId: begin, endId: end } = config
    expect([...tokenizer.encode(['to', 'be'])]).toEqual([begin, ...a!, end, end, ...b!, end])
  })
})
