import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type BleuOptions, type BleuScore, corpusBleu, sentenceBleu } from './bleu.ts'
import { type BleuTokenizerName, bleuTokenizers } from './bleu-tokenizers.ts'
import { type ChrfOptions, chrf } from './chrf.ts'
import { translationEditRate } from './ter.ts'
import { type TerWordOptions, terWords } from './ter-words.ts'

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
  readonly ter: Readonly<Record<string, number>>
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

const terOptions: Readonly<Record<string, TerWordOptions>> = {
  ter: {},
  ter_norm_asian: { normalize: true, asian: true },
  ter_nopunct: { punctuation: false },
  ter_cased: { lowercase: false },
}

const terWordOptions: Readonly<Record<string, TerWordOptions>> = {
  ter_default: {},
  ter_norm: { normalize: true },
  ter_norm_asian_nopunct: { normalize: true, asian: true, punctuation: false },
}

const corpusOptions: Readonly<Record<string, BleuOptions>> = {
  default: {},
  tok_none: { tokenizer: 'none' },
  tok_intl: { tokenizer: 'intl' },
  tok_char: { tokenizer: 'char' },
  lowercase: { lowercase: true },
  smooth_none: { smoothing: 'none' },
  floor: { smoothing: 'floor' },
  addk: { smoothing: 'add-k' },
  order2: { maxOrder: 2 },
}

interface Corpus {
  /** wmt17:newstest2017.… */
  readonly name: string
  readonly bleu: Readonly<Record<string, BleuNumbers>>
  readonly chrf: { readonly score: number; readonly signature: string }
  readonly 'chrf++': { readonly score: number; readonly signature: string }
}

const tolerance = 1e-6
const expectClose = (actual: number, expected: number, what: string): void =>
  expect(Math.abs(actual - expected), `${what}: ${actual}, expected ${expected}`).toBeLessThan(tolerance)

function expectBleu(actual: BleuScore, expected: BleuNumbers | number, what: string): void {
  expectClose(actual.score, typeof expected === 'number' ? expected : expected.score, what)
  if (typeof expected === 'number') return
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

  test.each(Object.entries(terWordOptions))('cuts every text for TER, %s', (name, options) => {
    const { cases } = read<{ cases: Readonly<Record<string, string>>[] }>('tokenizers.json')
    for (const each of cases) expect(terWords(each.in!, options).join(' ')).toBe(each[name])
  })

  const sentences = () =>
    read<{ pairs: readonly Pair[]; signatures: Readonly<Record<string, string>> }>('sentence_pairs.json')
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

  test.each(Object.entries(terOptions))('scores every sentence by TER, %s', (name, options) => {
    const { pairs, signatures } = sentences()
    for (const { id, hyp, refs, ter } of pairs)
      expectClose(translationEditRate([hyp], [refs], options).score, ter[name]!, id)
    expect(translationEditRate(['x'], [['x', 'y']], options).signature).toBe(signatures[name])
  })
})

/** The submissions to WMT 2017 from English to German, as sacreBLEU's repository has them for its own tests. */
const submissions = new URL('wmt17_en_de.json', folder)

describe.skipIf(!existsSync(submissions))('corpora (skipped without wmt17_en_de.json beside the fixtures)', () => {
  test('have the scores, signatures and lines of sacreBLEU 2.6.0', () => {
    const { ref, systems } = read<{ ref: string[]; systems: Record<string, string[]> }>('wmt17_en_de.json')
    const references = ref.map((line) => [line])
    for (const { name, bleu, ...each } of read<{ cases: readonly Corpus[] }>('corpus.json').cases) {
      const hypotheses = systems[name.slice('wmt17:'.length)]!
      for (const [setting, expected] of Object.entries(bleu))
        expectBleu(corpusBleu(hypotheses, references, corpusOptions[setting]), expected, `${name}, ${setting}`)
      for (const [key, wordOrder] of [
        ['chrf', 0],
        ['chrf++', 2],
      ] as const) {
        const { score, signature } = chrf(hypotheses, references, { wordOrder })
        expectClose(score, each[key].score, name)
        expect(signature).toBe(each[key].signature)
      }
    }
  }, 300_000)
})
