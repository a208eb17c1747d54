import { describe, expect, test } from 'vitest'
import { tinyStudy } from '../../test/tiny-study.ts'
import type { StudyProgress } from '../study/run-study.ts'
import { StudyBoard } from './study-board.ts'

const planned: StudyProgress[] = tinyStudy.models.map((size) => ({
  phase: 'planned',
  plan: { size, stepSeconds: 1, operations: 1, steps: 1, cost: { pretrain: 60, finetune: 20, compress: 20 } },
}))
const running: StudyProgress = {
  phase: 'running',
  kind: 'pretrain',
  model: '2Lx32H',
  done: 0.5,
  note: 'loss 4.20',
  secondsLeft: 170,
}

function boardAfter(...progress: readonly StudyProgress[]): StudyBoard {
  const board = new StudyBoard()
  for (const each of progress) board.hear(each)
  return board
}

describe('the board', () => {
  test('says what is prepared', () => {
    const line = (progress: StudyProgress): string => boardAfter(progress).line()
    expect(line({ phase: 'data', data: { phase: 'fetching', package: 'a@1' } })).toContain('fetching a@1')
    expect(line({ phase: 'data', data: { phase: 'reading', name: 'b' } })).toBe('reading b')
    expect(line({ phase: 'data', data: { phase: 'counting', texts: 1000 } })).toContain('1000 texts')
    expect(line({ phase: 'data', data: { phase: 'merging', vocabularySize: 300, of: 600 } })).toContain('50%')
    expect(line({ phase: 'data', data: { phase: 'encoding', documents: 1, of: 4 } })).toContain('25%')
    expect(line({ phase: 'calibrating', model: 'c' })).toContain('of c')
  })

  test('has a line for each size and one for all, by planned time', () => {
    expect(boardAfter(...planned, running).lines()).toEqual([
      '1Lx32H  ░░░░░░░░░░░░░░░░░░░░░░░░  waiting',
      '2Lx32H  ███████░░░░░░░░░░░░░░░░░  pretraining 50%, loss 4.20',
      'all     ████░░░░░░░░░░░░░░░░░░░░  15% done, 2 min 50 s left',
    ])
    expect(boardAfter(...planned, running).line()).toBe('15% done, 2 min 50 s left | 2Lx32H pretraining 50%, loss 4.20')
  })

  test('remarks what is finished, now or before', () => {
    const board = boardAfter(...planned, running)
    const finished = { phase: 'finished', kind: 'pretrain', model: '2Lx32H' } as const
    expect(board.hear({ ...finished, cached: false })).toBe('2Lx32H: pretraining done')
    expect(board.hear({ ...finished, cached: true })).toBe('2Lx32H: pretraining done before')
    expect(board.lines()[1]).toContain('waiting')
    board.hear({ ...finished, kind: 'finetune', cached: true })
    board.hear({ ...finished, kind: 'compress', cached: true })
    expect(board.lines()[1]).toBe(`2Lx32H  ${'█'.repeat(24)}  done`)
  })
})
