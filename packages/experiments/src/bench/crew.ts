import type { Answer, Order } from './process/messages.ts'
import { SubjectProcess } from './process/subject-process.ts'
import { isOwn, type MeasuredSubject } from './report.ts'
import type { SubjectSpec } from './subjects/subject.ts'

/** Someone to ask. */
export interface Member {
  readonly name: string
  readonly spec: SubjectSpec
  ask(order: Order): Promise<Answer>
}

/**
 * A subject, and the process that answers for it. A process that fails is replaced, and the new one prepares what the
 * old one had ready, except for that in which it failed.
 */
export class ProcessMember implements Member, Disposable {
  readonly name: string
  readonly spec: SubjectSpec
  readonly #prepared = new Map<string, Order>()
  #process: SubjectProcess | undefined

  constructor({ name, spec }: Pick<MeasuredSubject, 'name' | 'spec'>) {
    this.name = name
    this.spec = spec
  }

  async ask(order: Order): Promise<Answer> {
    this.#process ??= await this.#replacement()
    const answer = await this.#process.ask(order)
    if (answer.kind === 'failed') {
      this[Symbol.dispose]()
      this.#process = undefined
    }
    if ('name' in order) {
      if (answer.kind === 'prepared') this.#prepared.set(order.name, order)
      else if (answer.kind !== 'sampled') this.#prepared.delete(order.name)
    }
    return answer
  }

  [Symbol.dispose](): void {
    this.#process?.[Symbol.dispose]()
  }

  async #replacement(): Promise<SubjectProcess> {
    const process = new SubjectProcess(this.spec)
    await process.description().catch(() => undefined)
    for (const order of this.#prepared.values()) await process.ask(order)
    return process
  }
}

/** The subjects of a run, each in its process. */
export class Crew implements Disposable {
  readonly members: readonly ProcessMember[]

  /** Only those that can be opened. */
  constructor(subjects: readonly MeasuredSubject[]) {
    this.members = subjects
      .filter(({ description }) => description !== null)
      .map((subject) => new ProcessMember(subject))
  }

  [Symbol.dispose](): void {
    for (const member of this.members) member[Symbol.dispose]()
  }
}

/** Opens each subject once, to hear what it is or why it cannot be. */
export async function introduce(specs: readonly SubjectSpec[]): Promise<readonly MeasuredSubject[]> {
  const subjects: MeasuredSubject[] = []
  for (const spec of specs) {
    using process = new SubjectProcess(spec)
    try {
      const description = await process.description()
      // The tile it has chosen is that of the whole run, in whichever process.
      const settled = { ...spec, ...(description.tile !== undefined && { tile: description.tile }) }
      const lacksWide = spec.wide && !description.wide
      subjects.push({
        ...namesOf(spec, description.node),
        spec: settled,
        description: lacksWide ? null : description,
        note: lacksWide ? `vectors of 256 bits need Node 24 or later, not ${description.node}` : null,
      })
    } catch (error) {
      subjects.push({ ...namesOf(spec, ''), spec, description: null, note: (error as Error).message })
    }
  }
  return subjects
}

/** 'tlc ×2', 'jax-js ×1', and what makes a setup another one than that of studies: 'tlc ×1, Node v20.20.2' */
function namesOf(spec: SubjectSpec, version: string): Pick<MeasuredSubject, 'name' | 'setup'> {
  const { kind, threads, node, wide, driver } = spec
  const library = kind === 'wasm' || kind === 'webgpu' ? 'tlc' : kind === 'reference' ? 'tlc reference' : kind
  if (driver) return { name: library, setup: isOwn(spec) ? library : null }
  const elsewhere = node === undefined ? '' : `, Node ${version || node}`
  const variant = wide === false ? `, 128 bits${elsewhere}` : elsewhere
  return { name: `${library} ×${threads}${variant}`, setup: isOwn(spec) ? library + variant : null }
}
