import { type Case, type Check, type Group, isRight, type Results, units } from './case.ts'
import type { Member } from './crew.ts'
import { distributionOf } from './measure.ts'
import { nameOf } from './plan.ts'
import { isOwn, type Measurement } from './report.ts'
import type { Sample, Turn } from './turns.ts'

/** A sample of one call at least, and of 8 ms, half of the seconds: long beside what a process needs to wake up. */
const patience = { samples: 1, seconds: 0.016 }

/** A case on one subject: checked, then sampled in rounds, then written down. */
export class Cell implements Turn {
  readonly case: Case
  readonly #group: Group
  readonly #member: Member
  readonly #samples: Sample[] = []
  #seconds = 0
  #state: 'waiting' | 'ready' | 'finished' = 'waiting'
  #check: Check | null = null
  #note: string | null = null

  constructor(group: Group, each: Case, member: Member) {
    this.case = each
    this.#group = group
    this.#member = member
  }

  get seconds(): number {
    return this.#seconds
  }

  get isOwn(): boolean {
    return isOwn(this.#member.spec)
  }

  get isSampled(): boolean {
    return this.#samples.length > 0
  }

  get isWaiting(): boolean {
    return this.#state === 'waiting'
  }

  get isReady(): boolean {
    return this.#state === 'ready'
  }

  /** Makes the inputs, and compares a result with the truth; what is wrong will not be sampled. */
  async prepare(verify: (results: Results) => Promise<Check>, quick: boolean): Promise<void> {
    const answer = await this.#member.ask({ kind: 'prepare', quick, name: this.#name })
    if (answer.kind !== 'prepared') return this.#giveUp(answer)
    this.#state = 'ready'
    this.#seconds = answer.seconds
    this.#check = await verify(answer.results)
    if (!isRight(this.#check)) await this.release()
  }

  async sample(round: number): Promise<void> {
    const order = { kind: 'sample', name: this.#name, patience: { ...patience, expected: this.#seconds } } as const
    const answer = await this.#member.ask(order)
    if (answer.kind !== 'sampled') return this.#giveUp(answer)
    const seconds = distributionOf(answer.seconds).median
    this.#samples.push([round, units[this.#group.unit](this.case.work, seconds)])
  }

  async release(): Promise<void> {
    if (this.isReady) await this.#member.ask({ kind: 'release', name: this.#name })
    this.#state = 'finished'
  }

  /** Whoever fails in the middle has no figure. */
  measurement(): Measurement {
    const samples = this.#note === null ? this.#samples : []
    return {
      row: this.case.row,
      column: this.case.column,
      subject: this.#member.name,
      check: this.#check,
      figure: samples.length > 0 ? distributionOf(samples.map(([, figure]) => figure)) : null,
      samples,
      note: this.#note,
    }
  }

  get #name(): string {
    return nameOf(this.#group, this.case)
  }

  #giveUp(answer: Parameters<typeof noteOf>[0]): void {
    this.#state = 'finished'
    this.#check = null
    this.#note = noteOf(answer)
  }
}

export function noteOf(answer: { readonly kind: string; readonly reason?: string; readonly message?: string }): string {
  return answer.reason ?? `failed: ${answer.message ?? answer.kind}`
}
