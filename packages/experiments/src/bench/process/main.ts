import { setTimeout } from 'node:timers/promises'
import type { Runnable } from '../case.ts'
import { secondsOf } from '../measure.ts'
import { modelNamed } from '../models.ts'
import { caseNamed } from '../plan.ts'
import { openSubject } from '../subjects/index.ts'
import type { Subject, SubjectSpec, TrainingRun } from '../subjects/subject.ts'
import type { Answer, Order } from './messages.ts'

/** Does what the parent asks for, one order after the other, and ends with it. */
let subject: Subject
const prepared = new Map<string, Runnable>()
let training: TrainingRun | undefined
let lastLoss = Number.NaN

const deeds: { readonly [K in Order['kind']]: (order: Extract<Order, { kind: K }>) => Promise<Answer> } = {
  async prepare({ quick, name }) {
    const each = caseNamed(name, quick)
    const runnable = await subject.prepare(each)
    if ('absent' in runnable) return { kind: 'absent', reason: runnable.absent }
    prepared.set(name, runnable)
    const results = await runnable.results()
    return { kind: 'prepared', results, seconds: await warmUp(() => runnable.run(), each.warmUp ?? 60) }
  },
  async sample({ name, patience }) {
    const runnable = prepared.get(name)
    if (!runnable) throw new Error(`${name} is not prepared`)
    const seconds = await secondsOf(() => runnable.run(), patience)
    // Threads of onnxruntime spin for some 40 ms after a call, which would take time from who is asked next.
    if (subject.description.threads > 1) await untilQuiet()
    return { kind: 'sampled', seconds }
  },
  async release({ name }) {
    prepared.get(name)?.[Symbol.dispose]()
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
    training?.[Symbol.dispose]()
    training = undefined
    return { kind: 'finished', facts, residentBytes, lastLoss }
  },
}

/** Runs it until the engine has compiled it, for it has run once already; returns the seconds of the last run. */
async function warmUp(run: () => void | Promise<void>, milliseconds: number): Promise<number> {
  const end = performance.now() + milliseconds
  while (performance.now() < end) await run()
  await untilQuiet()
  const start = performance.now()
  await run()
  return (performance.now() - start) / 1000
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
  subject = await openSubject(JSON.parse(process.argv[2]!) as SubjectSpec)
  return { kind: 'opened', description: subject.description }
})
