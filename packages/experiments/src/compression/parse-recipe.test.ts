import { expect, test } from 'vitest'
import { parseRecipe } from './parse-recipe.ts'

test('a recipe is filled up with defaults, and is the same when it is read again from JSON', () => {
  const recipe = parseRecipe([
    { prune: { sparsity: 0.6 } },
    { finetune: { steps: 10, learningRate: 1e-3, distill: {} } },
    { quantize: { bits: 8 } },
    { encode: { entropy: 'huffman' } },
  ])
  expect(recipe[0]).toEqual({
    prune: { sparsity: 0.6, criterion: 'magnitude', structure: 'unstructured', scope: 'global', seed: 1 },
  })
  expect(recipe[1]).toMatchObject({ finetune: { distill: { temperature: 2, alpha: 0.5 } } })
  expect(parseRecipe(JSON.parse(JSON.stringify(recipe)))).toEqual(recipe)
})

test('every wrong field is named, with where it is and what was given', () => {
  const wrong = [
    { prune: { sparsity: 1.5, structure: '2-4', speed: 3 } },
    { prune: { sparsity: 0.5 }, encode: {} },
    { quantise: {} },
    { quantize: {} },
    { quantize: { scheme: 'nf4', bits: 4, include: ['('] } },
  ]
  const message = (() => {
    try {
      parseRecipe(wrong)
    } catch (error) {
      return (error as Error).message
    }
    return ''
  })()
  expect(message).toContain('[0].prune.sparsity: ')
  expect(message).toContain('given 1.5')
  expect(message).toContain('[0].prune.structure: ')
  expect(message).toContain('speed')
  expect(message).toContain('[1]: must have one key of prune, finetune, quantize, encode')
  expect(message).toContain('[2]: must have one key of prune, finetune, quantize, encode, given {"quantise":{}}')
  expect(message).toContain('[3].quantize.bits: must be given for affine')
  expect(message).toContain('[4].quantize.bits: cannot be chosen for nf4, given 4')
  expect(message).toContain('[4].quantize.include[0]: must be a regular expression, given "("')
})

test('weights may not change after they are rounded, and nothing follows encode', () => {
  expect(() => parseRecipe([{ quantize: { bits: 8 } }, { prune: { sparsity: 0.5 } }])).toThrow(
    '[1]: prune cannot follow quantize; put it before',
  )
  expect(() => parseRecipe([{ encode: {} }, { quantize: { bits: 8 } }])).toThrow('[1]: quantize cannot follow encode')
  expect(() => parseRecipe([])).toThrow('a recipe is a list of steps')
})

test('steps that say no seed take the one that is given', () => {
  const given = [{ prune: { sparsity: 0.5 } }, { quantize: { bits: 4, seed: 9 } }, { encode: {} }]
  expect(parseRecipe(given, 7)).toMatchObject([{ prune: { seed: 7 } }, { quantize: { seed: 9 } }, { encode: {} }])
})

test.each<[string, unknown, string]>([
  ['names of units', { prune: { sparsity: 0.5, structure: 'neurons', exclude: ['0'] } }, 'exclude: cannot be chosen'],
  ['rows of units', { prune: { sparsity: 0.5, structure: 'heads', scope: 'perRow' } }, 'scope: must be global or perM'],
  ['inputs of embeddings', { prune: { sparsity: 0.5, criterion: 'wanda', embeddings: true } }, 'embeddings: have no'],
  ['a grid of a codebook', { quantize: { scheme: 'codebook', bits: 4, grid: 'minmax' } }, 'grid: cannot be chosen for'],
  ['ranges of a codebook', { quantize: { scheme: 'codebook', bits: 4, granularity: 'row' } }, 'granularity: cannot be'],
  ['rounding of blocks', { quantize: { scheme: 'q8_0', rounding: 'hqq' } }, 'rounding: cannot be chosen for q8_0'],
  ['one bit on both sides of 0', { quantize: { bits: 1, grid: 'symmetric' } }, 'bits: must be 2 or more'],
])('what would be passed over silently is refused: %s', (_, step, message) => {
  expect(() => parseRecipe([step])).toThrow(message)
})
