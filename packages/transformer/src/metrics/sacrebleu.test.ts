import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type BleuOptions, type BleuScore, corpusBleu, sentenceBleu } from './bleu.ts'
import { type BleuTokenizerName, bleuTokenizers } from './bleu-tokenizers.ts'
import { type ChrfOptions, chrf } from './chrf.ts'

const folder = new URL('../../../../../shared/fixtures/sacrebleu/', import.meta.url)
const read = <Content>(name: string): Content => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Content

interface BleuNumbers {
  readonly score: number
  readonly counts: readonly number[]
  readonly totals: readonly number[]
  readonly precisions: readonly number[]
  readonly bp: number
  readonly sys_len: number
  readonly ref_len: number
  readonly signature?: string
  readonly format?: string
}

interface Pair {
  readonly id: string
  readonly hyp: string
  readonly refs: readonly string[]
  readonly bleu: Readonly<Record<string, BleuNumbers | number>>
  readonly chrf: Readonly<Record<string, number>>
}

const bleuOptions: Readonly<Record<string, BleuOptions>> = {
  default_effective: {},
  exp_no_effective: { effectiveOrder: false },
  'floor_0.1': { smoothing: 'floor' },
  'floor_0.5': { smoothing: 'floor', smoothingValue: 0.5 },
  addk_1: { smoothing: 'add-k' },
  addk_2: { smoothing: 'add-k', smoothingValue: 2 },
  none: { smoothing: 'none' },
  tok_none: { tokenizer: 'none' },
  tok_intl: { tokenizer: 'intl' },
  tok_char: { tokenizer: 'char' },
  tok_zh: { tokenizer: 'zh' },
  lowercase: { lowercase: true },
  order_2: { maxOrder: 2 },
  order_6: { maxOrder: 6 },
}

const chrfOptions: Readonly<Record<string, ChrfOptions>> = {
  chrF2: {},
  'chrF2++': { wordOrder: 2 },
  chrF3_ws: { beta: 3, whiteSpace: true },
  chrF2_eps: { effectiveOrder: false },
  chrF2_lc: { lowercase: true },
}

const tolerance = 1e-6
const expectClose = (actual: number, expected: number, what: string): void =>
  expect(Math.abs(actual - expected), `${what}: ${actual}, expected ${expected}`).toBeLessThan(tolerance)

function expectBleu(actual: BleuScore, expected: BleuNumbers | number, what: string): void {
  if (typeof expected === 'number') return expectClose(actual.score, expected, what)
  expectClose(actual.score, expected.score, what)
  expect(actual.counts, what).toEqual(expected.counts)
  expect(actual.totals, what).toEqual(expected.totals)
  for (const [order, precision] of expected.precisions.entries())
    expectClose(actual.precisions[order]!, precision, `${what}, order ${order + 1}`)
  expectClose(actual.brevityPenalty, expected.bp, what)
  expect([actual.hypothesisLength, actual.referenceLength]).toEqual([expected.sys_len, expected.ref_len])
  if (expected.signature) expect(actual.signature).toBe(expected.signature)
  if (expected.format) expect(actual.text).toBe(expected.format)
}

describe.skipIf(!existsSync(folder))('sacreBLEU 2.6.0 (skipped without ../shared/fixtures/sacrebleu)', () => {
  const names: readonly BleuTokenizerName[] = ['13a', 'intl', 'none', 'char', 'zh']
  test.each(names)('cuts every text as the tokenizer %s', (name) => {
    const { cases } = read<{ cases: Readonly<Record<string, string>>[] }>('tokenizers.json')
    for (const each of cases) expect(bleuTokenizers[name](each.in!)).toBe(each[name])
  })

  const sentences = () => read<{ pairs: readonly Pair[]; signatures: Readonly<Record<string, string>> }>('sentence_pairs.json')
  test.each(Object.entries(bleuOptions))('scores every sentence by BLEU, %s', (name, options) => {
    const { pairs, signatures } = sentences()
    for (const { id, hyp, refs, bleu } of pairs) expectBleu(sentenceBleu(hyp, refs, options), bleu[name]!, id)
    expect(sentenceBleu('x', ['x', 'y'], options).signature).toBe(signatures[name])
  })

  test.each(Object.entries(chrfOptions))('scores every sentence by %s', (name, options) => {
    const { pairs, signatures } = sentences()
    for (const { id, hyp, refs, chrf: expected } of pairs)
      expectClose(chrf([hyp], [refs], options).score, expected[name]!, id)
    expect(chrf(['x'], [['x', 'y']], options).signature).toBe(signatures[name])
  })
})
