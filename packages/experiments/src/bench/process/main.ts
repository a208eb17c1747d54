import { setTimeout } from 'node:timers/promises'
import type { Case, Runnable } from '../case.ts'
import { type Patience, secondsOf, secondsOnDevice } from '../measure.ts'
import { modelNamed } from '../models.ts'
import { caseNamed } from '../plan.ts'
import { countDeviceWork } from '../subjects/dawn.ts'
import { openSubject } from '../subjects/index.ts'
import type { Subject, SubjectSpec, TrainingRun } from '../subjects/subject.ts'
import type { Answer, Order } from './messages.ts'

/** Does what the parent asks for, one order after the other, and ends with it. */
const spec = JSON.parse(process.argv[2]!) as SubjectSpec
let subject: Subject
const prepared = new Map<string, Prepared>()
let training: TrainingRun | undefined
let lastLoss = Number.NaN

interface Prepared {
  readonly case: Case
  readonly runnable: Runnable
}

const deeds: { readonly [K in Order['kind']]: (order: Extract<Order, { kind: K }>) => Promise<Answer> } = {
  async prepare({ quick, name }) {
    const each = caseNamed(name, quick, spec)
    const runnable = await subject.prepare(each)
    if ('absent' in runnable) return { kind: 'absent', reason: runnable.absent }
    prepared.set(name, { case: each, runnable })
    const results = await runnable.results()
    return { kind: 'prepared', results, seconds: await warmUp({ case: each, runnable }) }
  },
  async sample({ name, patience }) {
    const each = prepared.get(name)
    if (!each) throw new Error(`${name} is not prepared`)
    const seconds = await sample(each, patience)
    // Threads of onnxruntime spin for some 40 ms after a call, which would take time from who is asked next.
    if (subject.description.threads > 1) await untilQuiet()
    return { kind: 'sampled', seconds }
  },
  async release({ name }) {
    prepared.get(name)?.runnable[Symbol.dispose]()
    prepared.delete(name)
    return { kind: 'released' }
  },
  async train({ model, steps }) {
    const run = await subject.train(modelNamed(model))
    if ('absent' in run) return { kind: 'absent', reason: run.absent }
    training = run
    const losses: number[] = []
    for (let step = 0; step < steps - 1; step++) losses.push(await run.step())
    const start = performance.now()
    losses.push(await run.step())
    return { kind: 'trained', check: run.check ?? null, losses, seconds: (performance.now() - start) / 1000 }
  },
  async step({ seconds }) {
    return { kind: 'sampled', seconds: await secondsOfSteps(seconds) }
  },
  async finish() {
    const residentBytes = 1024 * process.resourceUsage().maxRSS
    const facts = (await training?.facts?.()) ?? null
    const work = training && spec.driver ? await countDeviceWork(training.step) : null
    training?.[Symbol.dispose]()
    training = undefined
    return { kind: 'finished', facts, work, residentBytes, lastLoss }
  },
}

/**
 * Runs it until the engine has compiled it, for it has run once already; returns the seconds of the last run: of the only
 * one, if that takes so long.
 */
async function warmUp({ case: { warmUp: milliseconds = 60 }, runnable }: Prepared): Promise<number> {
  const secondsOfOne = async (): Promise<number> => {
    const start = performance.now()
    await runnable.run()
    await runnable.finish?.()
    return (performance.now() - start) / 1000
  }
  const end = performance.now() + milliseconds
  let runs = 0
  let seconds = 0
  for (; performance.now() < end; runs++) seconds = await secondsOfOne()
  if (runs === 1) return seconds
  await untilQuiet()
  return secondsOfOne()
}

async function sample({ case: { withoutDevice }, runnable }: Prepared, patience: Patience): Promise<readonly number[]> {
  const run = (): void | Promise<void> => runnable.run()
  if (!runnable.finish) return secondsOf(run, patience)
  if (!withoutDevice) return secondsOnDevice(run, () => runnable.finish!(), patience)
  const start = performance.now()
  await run()
  const seconds = (performance.now() - start) / 1000
  await runnable.finish()
  return [seconds]
}

/** Waits while other threads of this process work, as compilers do: until they use little of a core, 0.1 s at most. */
async function untilQuiet(): Promise<void> {
  const end = performance.now() + 100
  let used: number
  do {
    const before = process.cpuUsage()
    await setTimeout(8)
    const { user, system } = process.cpuUsage(before)
    used = user + system
  } while (used > little && performance.now() < end)
}

/** Microseconds in 8 ms: more than waiting takes by itself. */
const little = 500

/** Of one step at least, and of more until so many seconds are over. */
async function secondsOfSteps(seconds: number): Promise<readonly number[]> {
  const times: number[] = []
  const end = performance.now() + 1000 * seconds
  do {
    const start = performance.now()
    lastLoss = await training!.step()
    times.push((performance.now() - start) / 1000)
  } while (performance.now() < end)
  return times
}

function answer(answer: Answer): void {
  process.send?.(answer)
}

async function obey(deed: () => Promise<Answer>): Promise<void> {
  try {
    answer(await deed())
  } catch (error) {
    answer({ kind: 'failed', message: (error as Error).message ?? String(error) })
  }
}

process.on('message', (order: Order) => obey(() => deeds[order.kind](order as never)))
process.on('disconnect', () => process.exit())
await obey(async () => {
  subject = await openSubject(spec)
  return { kind: 'opened', description: subject.description }
})
