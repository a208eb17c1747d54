import type { Case, Check, Group, Results } from './case.ts'
import { Cell } from './cell.ts'
import type { Member } from './crew.ts'
import { isOwn, type Measurement } from './report.ts'
import { setsOf } from './sets.ts'
import { type Effort, takeTurns } from './turns.ts'

/**
 * Checks every case on every subject, then times those that are right. Cases that are compared with each other take
 * turns, all subjects with all of them: what changes meanwhile meets all. Others do so once, ours in every set.
 *
 * @param begin hears of each set before it is prepared
 */
export async function measureGroup(
  group: Group,
  crew: { readonly members: readonly Member[] },
  { quick, rounds = quick ? 2 : 5 }: Effort,
  begin: (set: readonly Case[]) => void = () => undefined,
): Promise<Measurement[]> {
  const cells = group.cases.flatMap((each) =>
    crew.members.filter(({ spec }) => isOwn(spec) || each.call).map((member) => new Cell(group, each, member)),
  )
  const sets = setsOf(group.cases, group.comparedBy)
  let round = 0
  for (const [place, set] of sets.entries()) {
    begin(set)
    const taking = cells.filter((cell) => set.includes(cell.case))
    await prepare(taking, quick)
    // Only ours are compared with themselves in other cases: others take part in the first of the sets.
    const asked = taking.filter((cell) => cell.isOwn || !cell.isSampled)
    round = await takeTurns(asked, { first: round, rounds, slow: 0.15 })
    const needed = new Set(sets.slice(place + 1).flat())
    for (const cell of taking) if (!needed.has(cell.case)) await cell.release()
  }
  return cells.map((cell) => cell.measurement())
}

/** Those that no earlier set has prepared. */
async function prepare(cells: readonly Cell[], quick: boolean): Promise<void> {
  const truths = new Map<Case, ReturnType<Case['verifier']>>()
  for (const cell of cells.filter(({ isWaiting }) => isWaiting)) {
    // Only for what somebody has a result of: computing the truth can take seconds.
    const verify = async (results: Results): Promise<Check> => {
      const truth = truths.get(cell.case) ?? cell.case.verifier()
      truths.set(cell.case, truth)
      return (await truth)(results)
    }
    await cell.prepare(verify, quick)
  }
}
