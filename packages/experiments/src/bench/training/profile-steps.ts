import { measurePeak } from '@tlc/tensor'
import type { OwnFacts } from '../subjects/subject.ts'
import type { Training } from './training.ts'

/** Fewest steps, and the time they take at least together. */
const profiled = { steps: 3, seconds: 0.5 }

/** Some more steps, with a clock at every kernel. */
export async function profileSteps(training: Training): Promise<OwnFacts> {
  const { backend } = training
  const peak = await measurePeak(backend)
  backend.ledger.resetPeak()
  using profiler = backend.profile()
  const start = performance.now()
  const end = start + 1000 * profiled.seconds
  let steps = 0
  for (; steps < profiled.steps || performance.now() < end; steps++) await training.step()
  const profiledMilliseconds = (performance.now() - start) / steps
  const kernels = (await profiler.report(peak)).map((kernel) => ({
    ...kernel,
    calls: kernel.calls / steps,
    milliseconds: kernel.milliseconds / steps,
    flops: kernel.flops / steps,
    bytes: kernel.bytes / steps,
  }))
  return { profiledMilliseconds, kernels, peak, peakBytes: backend.memory().peakBytes }
}
