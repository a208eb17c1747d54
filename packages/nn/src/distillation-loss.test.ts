import { gradcheck, valueAndGrad } from '@tlc/autograd'
import { crossEntropy, key, normal, openBackend, tensor, useBackend } from '@tlc/tensor'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { distillationLoss } from './distillation-loss.ts'

useBackend(await openBackend('reference'))

/** The formula in float64. */
function formula(student: readonly number[], teacher: readonly number[], temperature: number): number {
  const soft = (logits: readonly number[]): number[] => {
    const powers = logits.map((each) => Math.exp(each / temperature))
    const total = powers.reduce((sum, each) => sum + each, 0)
    return powers.map((each) => each / total)
  }
  const [p, q] = [soft(teacher), soft(student)]
  return temperature ** 2 * p.reduce((sum, each, index) => sum + each * Math.log(each / q[index]!), 0)
}

const logits = fc.array(fc.float({ noNaN: true, min: -4, max: 4 }), { minLength: 3, maxLength: 3 })

describe('the distillation loss', () => {
  it('is the formula in float64', async () => {
    await fc.assert(
      fc.asyncProperty(logits, logits, fc.float({ min: 0.5, max: 8, noNaN: true }), async (s, t, temperature) => {
        const loss = await distillationLoss({ student: tensor([s]), teacher: tensor([t]), temperature }).item()
        // T² ≤ 64 times the roundings of a few logarithms up to 16.
        expect(Math.abs(loss - formula(s, t, temperature))).toBeLessThan(64 * 16 * 2 ** -23)
      }),
    )
  })

  it('mixes labels and teacher by alpha, as means over rows', async () => {
    const student = normal(key(1), [4, 3])
    const teacher = normal(key(2), [4, 3])
    const labels = tensor(Int32Array.of(0, 2, 1, 1))
    const at = (alpha: number) => distillationLoss({ student, teacher, labels, alpha }).item()
    expect(await at(1)).toBeCloseTo(await crossEntropy(student, labels).item(), 6)
    expect(await at(0)).toBeCloseTo(await distillationLoss({ student, teacher }).item(), 6)
    expect(await at(0.25)).toBeCloseTo(0.25 * (await at(1)) + 0.75 * (await at(0)), 6)
  })

  it('is 0, with no gradient, where the student is the teacher, up to a shift of a row', async () => {
    const teacher = normal(key(2), [4, 3])
    const student = teacher.add(tensor([[5], [0], [-3], [1]]))
    const { value, gradients } = valueAndGrad(() => distillationLoss({ student, teacher }), [student])
    expect(Math.abs(await value.item())).toBeLessThan(1e-6)
    for (const each of await gradients[0]!.data()) expect(Math.abs(each)).toBeLessThan(1e-6)
  })

  it('has the gradient that differences give', async () => {
    const teacher = normal(key(2), [4, 3])
    const labels = tensor(Int32Array.of(0, 2, 1, 1))
    await gradcheck(
      ([student]) => distillationLoss({ student: student!, teacher, labels, temperature: 3 }),
      [normal(key(1), [4, 3])],
    )
  })

  it('becomes half the variance of the difference of logits as T grows: matching logits', async () => {
    const [s, t] = [
      [0.5, -1, 2],
      [1, 0.25, -0.5],
    ]
    const difference = s!.map((each, index) => each - t![index]!)
    const average = difference.reduce((sum, each) => sum + each, 0) / 3
    const variance = difference.reduce((sum, each) => sum + (each - average) ** 2, 0) / 3
    // The next term is of the third order in logits / T. More T would lose digits: T² times what f32 rounds.
    const loss = await distillationLoss({ student: tensor([s!]), teacher: tensor([t!]), temperature: 100 }).item()
    expect(Math.abs(loss - variance / 2)).toBeLessThan(0.02 * variance)
  })

  it('says what it cannot take', () => {
    const student = normal(key(1), [4, 3])
    expect(() => distillationLoss({ student, teacher: normal(key(1), [4, 2]) })).toThrow(
      'student [4, 3] and teacher [4, 2]',
    )
    expect(() => distillationLoss({ student, teacher: student, temperature: 0 })).toThrow('must be > 0, got 0')
    expect(() => distillationLoss({ student, teacher: student, alpha: 2 })).toThrow('within 0 … 1, got 2')
  })
})
