import type { Module, Optimizer } from '@tlc/nn'
import { loadTraining, saveTraining } from './saved.ts'
import type { TaskRun } from './task-run.ts'

export interface ResumableTraining<State> {
  readonly run: TaskRun
  readonly model: Module
  readonly optimizer: Optimizer
  readonly steps: number
  /** The state before the first step. */
  readonly begin: () => Promise<State>
  /** Does a step, counted from 0, and gives the state after it: plain data that JSON keeps whole. */
  readonly step: (step: number, state: State) => Promise<State>
}

interface Saved<State> {
  readonly step: number
  readonly state: State
  /** of metrics, written so far */
  readonly lines: number
}

/**
 * Trains to the last step, saving model, optimizer and state on the way and at the end. Killed at any moment and called
 * again, it goes on from what was saved last, to the same bits: what a step does depends on its number alone.
 *
 * @returns the state after the last step
 */
export async function trainResumably<State>(training: ResumableTraining<State>): Promise<State> {
  const { steps, run } = training
  const saved = (await loadTraining(run, training)) as Saved<State> | undefined
  await run.keep(saved?.lines ?? 0)
  let { step, state } = saved ?? { step: 0, state: await training.begin() }
  let lastSave = performance.now()
  while (step < steps) {
    state = await training.step(step, state)
    step++
    if (step === steps || performance.now() - lastSave >= run.saveEverySeconds * 1000) {
      await saveTraining(run, training, { step, state, lines: run.metrics.length })
      lastSave = performance.now()
    }
  }
  return state
}
