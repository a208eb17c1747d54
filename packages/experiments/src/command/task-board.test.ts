import { describe, expect, test } from 'vitest'
import type { TaskProgress } from '../tasks/task.ts'
import { formatMeasures, TaskBoard } from './task-board.ts'

const step: TaskProgress = {
  phase: 'training',
  step: 30,
  steps: 120,
  loss: 4.25,
  learningRate: 1e-3,
  tokensPerSecond: 12_300,
  secondsLeft: 75,
}

describe('the board of a task', () => {
  test('says what is done, before and while it learns', () => {
    const board = new TaskBoard('looking for the texts')
    expect(board.lines()).toEqual(['looking for the texts'])
    board.hear({ phase: 'data', data: { phase: 'reading', name: 'imdb' } })
    expect(board.line()).toBe('reading imdb')
    board.hear(step)
    expect(board.line()).toBe('step 30 of 120, loss 4.250, 12.3k tokens/s, 1 min 15 s left')
    expect(board.lines()[0]).toMatch(/^█{6}░{18} {2}step 30/)
  })

  test('says nothing of a pace that is not known yet', () => {
    const board = new TaskBoard('')
    board.hear({ ...step, tokensPerSecond: null, secondsLeft: null })
    expect(board.line()).toBe('step 30 of 120, loss 4.250')
  })

  test('says at which step of a recipe it is', () => {
    const board = new TaskBoard('reading the model')
    board.hear({ phase: 'recipe', step: 'prune', index: 0, of: 3 })
    expect(board.lines()).toEqual(['prune (1 of 3)'])
    board.hear({ phase: 'recipe', step: 'finetune', index: 1, of: 3 })
    board.hear({ ...step, tokensPerSecond: null })
    expect(board.line()).toBe('finetune (2 of 3): step 30 of 120, loss 4.250, 1 min 15 s left')
  })

  test('keeps notes and the last evaluations in view', () => {
    const board = new TaskBoard('')
    expect(board.hear({ phase: 'note', message: '3 texts were cut' })).toBe('3 texts were cut')
    for (let at = 0; at < 7; at++) board.hear({ phase: 'evaluated', step: at, measures: { loss: 2.5 } })
    board.hear(step)
    const lines = board.lines()
    expect(lines).toHaveLength(7)
    expect(lines.slice(0, 2)).toEqual(['3 texts were cut', 'step 2: loss 2.500'])
  })
})

test('measures are written as their names ask for', () => {
  expect(formatMeasures({ loss: 1.23456, accuracy: 0.8431, macroF1: 0.5, steps: 20 })).toBe(
    'loss 1.235, accuracy 84.3%, macro f1 50.0%, steps 20',
  )
})
