import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { fixtureCases } from '../test/fixture.ts'

/** Which test reads the fixtures whose names begin so. */
const readers = {
  affine_pc: 'schemes/affine/affine.test.ts',
  affine_pt: 'schemes/affine/affine.test.ts',
  awq_pseudo: 'schemes/affine/affine.test.ts',
  awq_scale: 'input-scales/input-scales.test.ts',
  bnb_codes: 'schemes/four-bit-float.test.ts',
  bnb_fp4: 'schemes/four-bit-float.test.ts',
  embedding_rowwise: 'schemes/affine/affine.test.ts',
  fakequant: 'training/fake-quantize.test.ts',
  ggml: 'schemes/blocks/llama-blocks.test.ts',
  gptq: 'rounding/gptq.test.ts',
  hqq: 'schemes/hqq.test.ts',
  kbit_linear: 'schemes/affine/affine.test.ts',
  kmeans: 'schemes/codebook.test.ts',
  linear_dynamic: 'layers/layers.test.ts',
  lsq: 'training/fake-quantize.test.ts',
  observer_histogram: 'ranges/ranges.test.ts',
  observer_minmax: 'ranges/ranges.test.ts',
  pack_int32: 'pack.test.ts',
  smoothquant_quantize: 'schemes/affine/affine.test.ts',
}

describe('the fixtures', () => {
  const cases = fixtureCases<{ readonly name: string; readonly file: string }>('')
  const files = readdirSync(new URL('../test/fixtures/', import.meta.url))

  it('are all in the index, and all that it names are there', () => {
    expect(new Set(cases.map(({ file }) => file))).toEqual(new Set(files.filter((file) => file !== 'index.json')))
  })

  it.each(cases)('$name is read by one test', ({ name }) => {
    const found = Object.entries(readers).filter(([prefix]) => name.startsWith(prefix))
    expect(found.map(([prefix]) => prefix)).toHaveLength(1)
  })

  it.each(Object.entries(readers))('%s is read by %s', (prefix, reader) => {
    expect(readFileSync(new URL(reader, import.meta.url), 'utf8')).toMatch(new RegExp(`'${prefix}`))
    expect(cases.some(({ name }) => name.startsWith(prefix))).toBe(true)
  })
})
