import { trainingFlops } from '@tlc/transformer'
import { type Check, isRight } from './case.ts'
import { Crew, type Member } from './crew.ts'
import { distributionOf, type Patience } from './measure.ts'
import { inTurn, noteOf } from './measure-case.ts'
import { type BenchmarkedModel, configOf, parameterCount } from './models.ts'
import { isOwn, type MeasuredStep, type MeasuredSubject, type StepFigures } from './report.ts'

/** Steps before the timing, whose losses are compared. */
const comparedSteps = 3

/** Trains a model on every subject that can, in processes of their own so that memory is that of one model, by turns. */
export async function measureSteps(
  model: BenchmarkedModel,
  subjects: readonly MeasuredSubject[],
  quick: boolean,
): Promise<MeasuredStep[]> {
  using crew = Crew.of(subjects)
  const outcomes = new Map<Member, Pick<MeasuredStep, 'check' | 'note'>>()
  const ready = new Map<Member, { readonly firstLoss: number; readonly times: number[] }>()
  let truth: readonly number[] | undefined
  let slowest = 0
  for (const member of crew.members) {
    const answer = await member.ask({ kind: 'train', model: model.name, steps: comparedSteps })
    if (answer.kind !== 'trained') {
      outcomes.set(member, { check: null, note: noteOf(answer) })
      continue
    }
    const check = answer.check ?? compareLosses(answer.losses, truth, model)
    if (isOwn(member.spec) && isRight(check)) truth ??= answer.losses
    outcomes.set(member, { check, note: null })
    if (!isRight(check)) continue
    ready.set(member, { firstLoss: answer.losses[0]!, times: [] })
    slowest = Math.max(slowest, answer.seconds)
  }
  const { count, patience } = roundsFor(slowest, quick)
  for (let round = 0; round < count; round++) {
    for (const [member, { times }] of inTurn(ready, round)) {
      const answer = await member.ask({ kind: 'sample', patience })
      if (answer.kind === 'sampled') times.push(...answer.seconds)
      else {
        outcomes.set(member, { check: null, note: noteOf(answer) })
        ready.delete(member)
      }
    }
  }
  const figures = new Map<Member, StepFigures>()
  for (const [member, { firstLoss, times }] of ready) {
    const answer = await member.ask({ kind: 'finish' })
    if (answer.kind !== 'finished') outcomes.set(member, { check: null, note: noteOf(answer) })
    else {
      const { residentBytes, lastLoss, facts } = answer
      figures.set(member, { ...figuresOf(model, times), residentBytes, firstLoss, lastLoss, own: facts })
    }
  }
  return crew.members.map((member) => ({
    model,
    subject: member.name,
    ...outcomes.get(member)!,
    figures: figures.get(member) ?? null,
  }))
}

function roundsFor(seconds: number, quick: boolean): { readonly count: number; readonly patience: Patience } {
  if (quick) return { count: 2, patience: { samples: 1, seconds: 0.1 } }
  return seconds > 1
    ? { count: 5, patience: { samples: 1, seconds: 0 } }
    : { count: 5, patience: { samples: 2, seconds: 0.4 } }
}

/** The largest difference of losses, as a part of ours, over the first steps. */
function compareLosses(
  losses: readonly number[],
  truth: readonly number[] | undefined,
  model: BenchmarkedModel,
): Check {
  // AdamW's first steps have the length of the learning rate whatever the gradient, so roundings decide where that is
  // near 0. With dropout each draws numbers of its own, and the losses of a batch agree within their noise.
  const tolerance = model.dropout === 0 ? 1e-3 : 3e-2
  const errors = truth?.map((loss, step) => Math.abs(losses[step]! - loss) / loss) ?? [Number.NaN]
  return { error: Math.max(...errors), tolerance }
}

function figuresOf(
  model: BenchmarkedModel,
  times: readonly number[],
): Omit<StepFigures, 'residentBytes' | 'firstLoss' | 'lastLoss' | 'own'> {
  const flops = trainingFlops(configOf(model), model.batch, model.sizes.maxLength)
  const tokens = model.batch * model.sizes.maxLength
  return {
    milliseconds: distributionOf(times.map((time) => time * 1000)),
    flops,
    gigaflops: distributionOf(times.map((time) => flops / time / 1e9)),
    tokensPerSecond: distributionOf(times.map((time) => tokens / time)),
    parameters: parameterCount(model),
  }
}
