import { breathe, type StepsOptions, takeStep } from '@tlc/nn'
import { quantile } from './statistics/index.ts'

const warmUpSteps = 3
const fewestSteps = 7

/**
 * The time of one training step: the median of steps done one after the other for so many seconds. The steps are made:
 * they change what they train.
 *
 * @returns seconds
 */
export async function stepSeconds<Batch>(
  training: StepsOptions<Batch>,
  seconds: number,
  signal?: AbortSignal,
): Promise<number> {
  const times: number[] = []
  const end = performance.now() + seconds * 1000
  for (let step = 0; step < warmUpSteps + fewestSteps || performance.now() < end; step++) {
    const start = performance.now()
    await breathe()
    signal?.throwIfAborted()
    await takeStep(training, step)
    if (step >= warmUpSteps) times.push((performance.now() - start) / 1000)
  }
  return quantile(
    times.sort((a, b) => a - b),
    0.5,
  )
}
