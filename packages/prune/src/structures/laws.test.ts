import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maskedBy, matrices, sparsities, zerosIn } from '../../test/scored.ts'
import { blocks } from './blocks.ts'
import { erdosRenyiKernel } from './erdos-renyi.ts'
import { nm } from './nm.ts'
import { within } from './scope.ts'
import { columns, rows } from './slices.ts'
import type { Structure } from './structure.ts'
import { unstructured } from './unstructured.ts'

/** Each structure, and the most that it can prune. */
const structures: Readonly<Record<string, { readonly structure: Structure; readonly most?: number }>> = {
  unstructured: { structure: unstructured },
  'unstructured in each matrix': { structure: within('perMatrix', unstructured) },
  'unstructured in each row': { structure: within('perRow', unstructured) },
  'unstructured by Erdős-Rényi': { structure: within('perMatrix', unstructured, erdosRenyiKernel) },
  rows: { structure: rows() },
  columns: { structure: columns() },
  'rows in each matrix': { structure: within('perMatrix', rows()) },
  '1 x 4 blocks': { structure: blocks(1, 4) },
  '4 x 4 blocks': { structure: blocks(4, 4) },
  '2:4': { structure: nm(2, 4), most: 0.5 },
  '1:4 in each row': { structure: within('perRow', nm(1, 4)), most: 0.75 },
}

describe.each(Object.entries(structures))('%s', (_, { structure, most = 1 }) => {
  const levels = sparsities.map((sparsity) => sparsity * most)

  it('changes nothing when done again', () => {
    fc.assert(
      fc.property(matrices, levels, (weights, sparsity) => {
        const once = structure(weights, sparsity)
        expect(structure(maskedBy(weights, once), sparsity)).toEqual(once)
      }),
    )
  })

  it('never revives an entry along ascending levels, though scores change in between', () => {
    fc.assert(
      fc.property(matrices, fc.array(levels, { minLength: 2, maxLength: 5 }), fc.nat(9), (weights, given, shift) => {
        let before = weights.map(({ kept }) => kept)
        for (const sparsity of given.sort((a, b) => a - b)) {
          const changed = maskedBy(weights, before).map((weight) => ({
            ...weight,
            scores: weight.scores.map((score, index) => (score + index * shift) % 10),
          }))
          const after = structure(changed, sparsity)
          after.forEach((mask, which) => expect(mask.every((kept, index) => kept <= before[which]![index]!)).toBe(true))
          before = after
        }
      }),
    )
  })

  it('makes no less zeros for more sparsity, none for none', () => {
    fc.assert(
      fc.property(matrices, levels, levels, (weights, one, other) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)]
        expect(zerosIn(structure(weights, high))).toBeGreaterThanOrEqual(zerosIn(structure(weights, low)))
        expect(zerosIn(structure(weights, 0))).toBe(0)
      }),
    )
  })

  it('looks at nothing under the mask', () => {
    fc.assert(
      fc.property(matrices, levels, levels, (weights, first, then) => {
        const masks = structure(weights, first)
        const given = maskedBy(weights, masks)
        const hidden = given.map((weight) => ({
          ...weight,
          scores: weight.scores.map((score, index) => (weight.kept[index] === 1 ? score : Number.NaN)),
        }))
        expect(structure(hidden, then)).toEqual(structure(given, then))
      }),
    )
  })
})
