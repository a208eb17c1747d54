import { expect, test } from 'vitest'
import { syntheticReviews } from './synthetic.ts'

const good = /\b(good|warm|clever|fresh|lovely|honest|funny|bright)\b/
const bad = /\b(bad|flat|silly|stale|ugly|false|clumsy|dull)\b/
const reviews = syntheticReviews(2000, 0)

/** Says of each review what the sum of its sentences' verdicts says. */
function accuracy(verdict: (sentence: string) => number): number {
  const right = reviews.filter(({ texts: [text = ''], label }) => {
    const sum = text.split('. ').reduce((total, sentence) => total + verdict(sentence), 0)
    return sum > 0 === (label === 'positive')
  })
  return right.length / reviews.length
}

function word(sentence: string): number {
  return good.test(sentence) ? 1 : bad.test(sentence) ? -1 : 0
}

test('the label is what most of the opinions say, negations read', () => {
  expect(accuracy((sentence) => (/\b(not|never|hardly)\b/.test(sentence) ? -1 : 1) * word(sentence))).toBe(1)
})

test('counting good and bad words alone is not enough', () => {
  expect(accuracy(word)).toBeLessThan(0.85) // 0.805 in expectation
})

test('half of the reviews are positive, all are different', () => {
  expect(reviews.filter(({ label }) => label === 'positive')).toHaveLength(1000)
  expect(new Set(reviews.map(({ texts }) => texts[0])).size).toBe(2000)
})

test('the same seed gives the same reviews, and more of them begin with the fewer', () => {
  expect(syntheticReviews(100, 0)).toEqual(reviews.slice(0, 100))
  expect(syntheticReviews(100, 1)).not.toEqual(reviews.slice(0, 100))
})
