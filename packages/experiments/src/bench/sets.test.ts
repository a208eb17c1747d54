import { expect, test } from 'vitest'
import { matmulGroup } from './cases/matmul.ts'
import { comparedModels, models } from './models.ts'
import { planOf } from './plan.ts'
import { setsOf } from './sets.ts'

const letters = (text: string): string[] => [...text]

test('things with a key in common are a set; one may be in several', () => {
  // Keys are the letters that a word has.
  expect(setsOf(['ab', 'bc', 'd'], letters)).toEqual([['ab', 'bc'], ['d']])
  expect(setsOf(['ab', 'bc', 'ca'], letters)).toEqual([
    ['ab', 'ca'],
    ['ab', 'bc'],
    ['bc', 'ca'],
  ])
})

test('without keys each is a set by itself', () => {
  expect(setsOf(['ab', 'bc'], undefined)).toEqual([['ab'], ['bc']])
  expect(setsOf([], letters)).toEqual([])
})

test('of products, layouts of a size take turns, and in each layout 127, 512, 513 and batches', () => {
  const { cases, comparedBy } = matmulGroup(false)
  const sets = setsOf(cases, comparedBy).map((set) => ({
    rows: new Set(set.map(({ row }) => row)),
    columns: new Set(set.map(({ column }) => column)),
  }))
  const sizes = sets.filter(({ rows, columns }) => rows.size === 1 && columns.size === 4)
  const layouts = sets.filter(({ rows, columns }) => rows.size === 5 && columns.size === 1)
  expect([sizes.length, layouts.length, sets.length]).toEqual([8, 4, 12])
  for (const { rows } of layouts) expect(rows).toContain('[512, 512] · [512, 512]')
})

test('of kernels on large tensors, each takes turns with the copy, few at a time', () => {
  const [group] = planOf(false, '^large').groups
  const sets = setsOf(group!.cases, group!.comparedBy)
  for (const set of sets) {
    expect(set.filter(({ column }) => column === 'copy')).toHaveLength(1)
    expect(set.length).toBeLessThanOrEqual(7)
  }
  expect(new Set(sets.flat()).size).toBe(group!.cases.length)
  // Of what a pattern chose, too.
  const [chosen] = planOf(false, 'large tensors (exp kernel|.* copy|dropout)').groups
  expect(setsOf(chosen!.cases, chosen!.comparedBy).map((set) => set.map(({ row }) => row))).toEqual([
    ['[2048, 1024]', 'exp'],
    ['[2048, 1024]', 'dropout'],
  ])
})

test('steps of tiny take turns with those of mini, small does so alone', () => {
  const sets = setsOf(models, comparedModels).map((set) => set.map(({ name }) => name))
  expect(sets).toEqual([['tiny', 'mini'], ['tiny, dropout', 'mini, dropout'], ['small'], ['small, dropout']])
})
