import type { UnfinishedRun } from '../store/index.ts'

/** Where a task keeps what it has done: its run, as far as a task may touch it. */
export interface TaskRun extends Pick<UnfinishedRun<never>, 'checkpointDirectory' | 'metrics' | 'append' | 'keep'> {
  /** of work, that a kill can cost at most */
  readonly saveEverySeconds: number
}

/** Hears how far a task is: a share of it from 0 to 1, and what it is at. */
export type Progress = (done: number, note: string) => void
