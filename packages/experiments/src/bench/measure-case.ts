import { type Case, type Group, isRight, units } from './case.ts'
import type { Crew, Member } from './crew.ts'
import { distributionOf, type Patience } from './measure.ts'
import { nameOf } from './plan.ts'
import { isOwn, type Measurement } from './report.ts'

/** Checks a case on every subject, then times those that are right, by turns: what changes meanwhile meets all. */
export async function measureCase(
  group: Group,
  each: Case,
  crew: Pick<Crew, 'members'>,
  quick: boolean,
): Promise<Measurement[]> {
  const ready = new Map<Member, { readonly seconds: number; readonly samples: number[] }>()
  const outcomes = new Map<Member, Pick<Measurement, 'check' | 'note'>>()
  let verify: Awaited<ReturnType<Case['verifier']>> | undefined
  const members = crew.members.filter(({ spec }) => isOwn(spec) || each.call)
  for (const member of members) {
    const answer = await member.ask({ kind: 'prepare', quick, name: nameOf(group, each) })
    if (answer.kind === 'prepared') {
      verify ??= await each.verifier()
      const check = verify(answer.results)
      outcomes.set(member, { check, note: null })
      if (isRight(check)) ready.set(member, { seconds: answer.seconds, samples: [] })
      else await member.ask({ kind: 'finish' })
    } else {
      outcomes.set(member, { check: null, note: noteOf(answer) })
    }
  }
  for (let round = 0; round < rounds; round++) {
    for (const [member, { seconds, samples }] of inTurn(ready, round)) {
      const patience = patienceFor(seconds, round, quick)
      if (!patience) continue
      const answer = await member.ask({ kind: 'sample', patience: { ...patience, expected: seconds } })
      if (answer.kind === 'sampled') samples.push(...answer.seconds)
      else {
        outcomes.set(member, { check: null, note: noteOf(answer) })
        ready.delete(member)
      }
    }
  }
  for (const member of ready.keys()) await member.ask({ kind: 'finish' })
  return members.map((member) => {
    const samples = ready.get(member)?.samples.map((seconds) => units[group.unit](each.work, seconds))
    return {
      row: each.row,
      column: each.column,
      subject: member.name,
      ...outcomes.get(member)!,
      figure: samples ? distributionOf(samples) : null,
    }
  })
}

const rounds = 5

/** Ten samples at least; where a call takes long, three. */
function patienceFor(seconds: number, round: number, quick: boolean): Patience | undefined {
  if (quick) return round < 2 ? { samples: 2, seconds: 0.02 } : undefined
  if (seconds > 0.4) return round < 3 ? { samples: 1, seconds: 0.02 } : undefined
  return { samples: 2, seconds: 0.06 }
}

/** Another one begins in each round. */
export function inTurn<T>(all: Iterable<T>, round: number): readonly T[] {
  const list = [...all]
  const first = round % Math.max(1, list.length)
  return [...list.slice(first), ...list.slice(0, first)]
}

export function noteOf(answer: { readonly kind: string; readonly reason?: string; readonly message?: string }): string {
  return answer.reason ?? `failed: ${answer.message ?? answer.kind}`
}
