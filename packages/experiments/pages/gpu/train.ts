import { type Backend, withBackend } from '@tlc/tensor'
import { type BenchmarkedModel, tiny } from '../../src/bench/models.ts'
import { Training } from '../../src/bench/training/training.ts'
import { tuneOnGpu } from '../../src/bench/tune-on-gpu.ts'
import { quantile } from '../../src/statistics/quantile.ts'
import type { OnProgress, TrainingReport } from './report.ts'

/** Trains the smallest model of the benchmarks on two backends from the same beginning. */
export async function train(
  backend: Backend,
  wasm: Backend,
  steps: number,
  onProgress: OnProgress,
): Promise<TrainingReport> {
  const own = await trainOn(backend, tiny, steps, (step) => onProgress(step, steps, 'a step on the GPU'))
  const truth = await trainOn(wasm, tiny, steps, (step) => onProgress(step, steps, 'a step in WebAssembly'))
  return {
    model: tiny.name,
    losses: own.losses,
    largestDifference: Math.max(...own.losses.map((loss, step) => Math.abs(loss / truth.losses[step]! - 1))),
    stepTime: own.stepTime,
    wasmStepTime: truth.stepTime,
  }
}

async function trainOn(
  backend: Backend,
  model: BenchmarkedModel,
  steps: number,
  onStep: (step: number) => void,
): Promise<{ readonly losses: number[]; readonly stepTime: number }> {
  using training = withBackend(backend, () => new Training(model, backend))
  const [losses, times]: [number[], number[]] = [[], []]
  for (let step = 0; step < steps; step++) {
    onStep(step)
    const start = performance.now()
    losses.push(await withBackend(backend, () => training.step()))
    times.push(performance.now() - start)
    if (step === 0) await tuneOnGpu(backend)
  }
  return {
    losses,
    stepTime: quantile(
      times.toSorted((a, b) => a - b),
      0.5,
    ),
  }
}
