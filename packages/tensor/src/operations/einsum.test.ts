import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { einsum, openBackend, ShapeError, type Tensor, tensor, useBackend } from '../index.ts'

const backend = await openBackend('reference')
useBackend(backend)
afterAll(() => backend.close())

/** Whole numbers, so that sums are exact in whatever order. */
const counting = (...shape: number[]): Tensor =>
  tensor(
    Float32Array.from({ length: shape.reduce((size, length) => size * length, 1) }, (_, i) => (i % 7) - 3),
    { shape },
  )

/** The definition: every index of the equation runs over its sizes. */
async function bySummation(equation: string, operands: readonly Tensor[]): Promise<number[]> {
  const [left, output] = equation.split('->') as [string, string]
  const inputs = left.split(',')
  const data = await Promise.all(operands.map((operand) => operand.data()))
  const sizes = new Map(inputs.flatMap((names, k) => [...names].map((name, axis) => [name, operands[k]!.shape[axis]!])))
  const names = [...sizes.keys()]
  const place = (list: string, at: ReadonlyMap<string, number>): number =>
    [...list].reduce((sum, name) => sum * sizes.get(name)! + at.get(name)!, 0)
  const result = new Array<number>([...output].reduce((size, name) => size * sizes.get(name)!, 1)).fill(0)
  const total = names.reduce((size, name) => size * sizes.get(name)!, 1)
  for (let count = 0; count < total; count++) {
    let rest = count
    const at = new Map(
      names.map((name) => {
        const index = rest % sizes.get(name)!
        rest = Math.floor(rest / sizes.get(name)!)
        return [name, index]
      }),
    )
    result[place(output, at)]! += inputs.reduce((product, list, k) => product * data[k]![place(list, at)]!, 1)
  }
  return result
}

describe('einsum', () => {
  test.each([
    ['ij,jk->ik', [2, 3], [3, 4]],
    ['bij,bjk->bik', [2, 3, 4], [2, 4, 5]],
    ['bhqd,bhkd->bhqk', [2, 2, 3, 4], [2, 2, 5, 4]],
    ['ij->ji', [2, 3]],
    ['ij->', [2, 3]],
    ['ij->j', [2, 3]],
    ['i,j->ij', [3], [4]],
    ['i,i->i', [4], [4]],
    ['i,i->', [4], [4]],
    ['ab,bc,cd->ad', [2, 3], [3, 4], [4, 2]],
    ['ab,ac,ad->dcb', [2, 3], [2, 4], [2, 2]],
    ['abc,c->ba', [2, 3, 4], [4]],
  ] as [string, ...number[][]][])(
    '%s is the sum over the indices that the output lacks',
    async (equation, ...shapes) => {
      const operands = shapes.map((shape) => counting(...shape))
      const result = einsum(equation, ...operands)
      expect([...(await result.data())].map((x) => x + 0)).toEqual(
        (await bySummation(equation, operands)).map((x) => x + 0),
      )
    },
  )

  test('any equation of two operands with three indices', async () => {
    const names = fc.shuffledSubarray(['a', 'b', 'c'])
    await fc.assert(
      fc.asyncProperty(
        names,
        names,
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 3, maxLength: 3 }),
        fc.nat(),
        async (left, right, sizes, pick) => {
          const all = [...new Set([...left, ...right])]
          const output = all.filter((_, place) => (pick >> place) & 1)
          const shaped = (list: readonly string[]): Tensor =>
            counting(...list.map((name) => sizes['abc'.indexOf(name)]!))
          const equation = `${left.join('')},${right.join('')}->${output.join('')}`
          const operands = [shaped(left), shaped(right)]
          const actual = [...(await einsum(equation, ...operands).data())].map((x) => x + 0)
          expect(actual, equation).toEqual((await bySummation(equation, operands)).map((x) => x + 0))
        },
      ),
    )
  })

  test('without an arrow the output has the indices that occur once, by alphabet', async () => {
    const [a, b] = [counting(2, 3), counting(3, 4)]
    expect(await einsum('kj,ji', a, b).data()).toEqual(await einsum('kj,ji->ik', a, b).data())
    expect(einsum('i,i', counting(3), counting(3)).shape).toEqual([])
  })

  test('axes under ... broadcast, and come first', async () => {
    const [a, b] = [counting(2, 1, 3, 4), counting(5, 4, 3)]
    const product = einsum('...ij,...jk->...ik', a, b)
    expect(product.shape).toEqual([2, 5, 3, 3])
    expect(await product.data()).toEqual(await a.matmul(b).data())
    expect(einsum('...i->...', counting(2, 3, 4)).shape).toEqual([2, 3])
    expect(einsum('...ij,jk', a, counting(4, 6)).shape).toEqual([2, 1, 3, 6])
  })

  test.each([
    ['ij,jk->ik', [[2, 3]], 'expected indices for 1 operands'],
    ['ijk->k', [[2, 3]], "'ijk' does not name the axes of operand 0"],
    ['ii->i', [[2, 2]], "an index occurs twice in 'ii'"],
    ['ij->ik', [[2, 2]], "no operand has the output's index 'k'"],
    ['ij->ii', [[2, 2]], 'an index occurs twice in the output'],
    ['i0->i', [[2, 2]], 'neither a letter nor'],
    [
      'ij,jk->ik',
      [
        [2, 3],
        [4, 5],
      ],
      "index 'j' has size 3 in one operand and 4 in another",
    ],
  ] as const)('%s of %j: %s', (equation, shapes, message) => {
    const run = () => einsum(equation, ...shapes.map((shape) => counting(...shape)))
    expect(run).toThrow(ShapeError)
    expect(run).toThrow(message)
  })
})
