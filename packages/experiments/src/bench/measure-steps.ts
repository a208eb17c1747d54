import { Crew } from './crew.ts'
import type { BenchmarkedModel } from './models.ts'
import { isOwn, type MeasuredStep, type MeasuredSubject } from './report.ts'
import { Trainee } from './trainee.ts'
import { type Effort, takeTurns } from './turns.ts'

/**
 * Trains models, which are compared with each other, on every subject that can, by turns; each in a process of its own,
 * so that memory is that of one model.
 */
export async function measureSteps(
  models: readonly BenchmarkedModel[],
  subjects: readonly MeasuredSubject[],
  effort: Effort,
): Promise<MeasuredStep[]> {
  const crews = models.map(() => new Crew(subjects))
  try {
    const trainees = models.flatMap((model, place) =>
      crews[place]!.members.map((member) => new Trainee(model, member, effort.quick)),
    )
    return await trainAll(trainees, effort)
  } finally {
    for (const crew of crews) crew[Symbol.dispose]()
  }
}

async function trainAll(
  trainees: readonly Trainee[],
  { quick, rounds = quick ? 2 : 5 }: Effort,
): Promise<MeasuredStep[]> {
  const truths = new Map<BenchmarkedModel, readonly number[]>()
  for (const trainee of trainees) {
    const { model } = trainee
    const losses = await trainee.begin(truths.get(model))
    if (losses && isOwn(trainee.member.spec) && !truths.has(model)) truths.set(model, losses)
  }
  // All models of a subject, then those of the next.
  const names = new Set(trainees.map(({ member }) => member.name))
  const bySubject = [...names].flatMap((name) => trainees.filter(({ member }) => member.name === name))
  await takeTurns(bySubject, { first: 0, rounds, slow: 0.8 })
  const steps: MeasuredStep[] = []
  for (const trainee of trainees) steps.push(await trainee.finish())
  return steps
}
