import { type Backend, tensor } from '@tlc/tensor'
import { matmulGroup } from '../../src/bench/cases/matmul.ts'
import { tuneOnGpu } from '../../src/bench/tune-on-gpu.ts'
import type { OnProgress, ProductReport } from './report.ts'

/** Milliseconds that a round lasts at least: browsers round their clocks, and waiting for a GPU takes a millisecond. */
const longEnough = 100

const rounds = 3

/** Times those of the benchmarks' products of matrices whose sizes and layout match. */
export async function timeProducts(
  backend: Backend,
  matching: RegExp,
  onProgress: OnProgress,
): Promise<readonly ProductReport[]> {
  const cases = matmulGroup(false).cases.filter(({ row, column }) => matching.test(`${row} ${column}`))
  const report: ProductReport[] = []
  for (const [place, { row, column, work, prepare }] of cases.entries()) {
    onProgress(place, cases.length, `${row} ${column}`)
    using prepared = await prepare(backend)
    const milliseconds = await timeOf(backend, () => prepared.run())
    report.push({ sizes: row, layout: column, gflops: work! / milliseconds / 1e6 })
  }
  return report
}

/** The least time of a call, in milliseconds: as many in a row as make a round long enough. */
async function timeOf(backend: Backend, call: () => void): Promise<number> {
  await timeOfRound(backend, call, 1) // compiles
  await tuneOnGpu(backend)
  let calls = 1
  let time = await timeOfRound(backend, call, calls)
  while (time < longEnough) {
    calls *= 2
    time = await timeOfRound(backend, call, calls)
  }
  for (let round = 1; round < rounds; round++) time = Math.min(time, await timeOfRound(backend, call, calls))
  return time / calls
}

async function timeOfRound(backend: Backend, call: () => void, calls: number): Promise<number> {
  const start = performance.now()
  for (let time = 0; time < calls; time++) call()
  using last = tensor([1], { backend })
  await last.data() // what was asked for before it is done
  return performance.now() - start
}
