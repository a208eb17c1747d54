import { expect, test } from 'vitest'
import { type Turn, takeTurns } from './turns.ts'

/** Someone who writes down when it was asked, and may not be there any more after some samples. */
function turn(name: string, seconds: number, asked: string[], leavesAfter = Number.POSITIVE_INFINITY): Turn {
  let samples = 0
  return {
    seconds,
    get isReady() {
      return samples < leavesAfter
    },
    async sample(round) {
      samples++
      asked.push(`${round}${name}`)
    },
  }
}

test('in each round all are asked once, there and back, then from the next one', async () => {
  const asked: string[] = []
  const set = ['a', 'b', 'c'].map((name) => turn(name, 0.01, asked))
  expect(await takeTurns(set, { first: 0, rounds: 4, slow: 1 })).toBe(4)
  expect(asked.join(' ')).toBe('0a 0b 0c 1c 1b 1a 2b 2c 2a 3a 3c 3b')
})

test('slow ones are asked in three rounds, with the others', async () => {
  const asked: string[] = []
  const set = [turn('quick', 0.01, asked), turn('slow', 2, asked)]
  await takeTurns(set, { first: 0, rounds: 7, slow: 1 })
  expect(asked.filter((each) => each.endsWith('slow'))).toEqual(['0slow', '3slow', '6slow'])
  expect(asked.filter((each) => each.endsWith('quick'))).toHaveLength(7)
})

test('rounds are numbered through, over all sets; who has left is not asked', async () => {
  const asked: string[] = []
  const copy = turn('copy', 0.01, asked)
  const next = await takeTurns([copy, turn('exp', 0.01, asked, 1)], { first: 0, rounds: 2, slow: 1 })
  await takeTurns([copy, turn('log', 0.01, asked)], { first: next, rounds: 1, slow: 1 })
  expect(asked).toEqual(['0copy', '0exp', '1copy', '2copy', '2log'])
  expect(await takeTurns([], { first: 3, rounds: 1, slow: 1 })).toBe(4)
})
