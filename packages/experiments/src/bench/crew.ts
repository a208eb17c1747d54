import type { Answer, Order } from './process/messages.ts'
import { SubjectProcess } from './process/subject-process.ts'
import type { MeasuredSubject } from './report.ts'
import type { SubjectSpec } from './subjects/subject.ts'

/** Someone to ask, and the process that answers. */
export interface Member {
  readonly name: string
  readonly spec: SubjectSpec
  /** Asks for one thing. Whoever fails is replaced, and asked nothing more about this case. */
  ask(order: Order): Promise<Answer>
}

/** The subjects of a run, each in its process. */
export class Crew implements Disposable {
  readonly members: readonly Member[]
  readonly #processes = new Map<string, SubjectProcess>()

  private constructor(subjects: readonly MeasuredSubject[]) {
    this.members = subjects.map(({ name, spec }) => ({ name, spec, ask: (order) => this.#ask(name, spec, order) }))
  }

  /** Only those that can be opened. */
  static of(subjects: readonly MeasuredSubject[]): Crew {
    return new Crew(subjects.filter(({ description }) => description !== null))
  }

  async #ask(name: string, spec: SubjectSpec, order: Order): Promise<Answer> {
    const process = this.#processes.get(name) ?? new SubjectProcess(spec)
    this.#processes.set(name, process)
    await process.description().catch(() => undefined)
    const answer = await process.ask(order)
    if (answer.kind === 'failed') {
      process[Symbol.dispose]()
      this.#processes.delete(name)
    }
    return answer
  }

  [Symbol.dispose](): void {
    for (const process of this.#processes.values()) process[Symbol.dispose]()
  }
}

/** Opens each subject once, to hear what it is or why it cannot be. */
export async function introduce(specs: readonly SubjectSpec[]): Promise<readonly MeasuredSubject[]> {
  const subjects: MeasuredSubject[] = []
  for (const spec of specs) {
    using process = new SubjectProcess(spec)
    try {
      const description = await process.description()
      subjects.push({ name: nameOf(spec, description.node), spec, description, note: null })
    } catch (error) {
      subjects.push({ name: nameOf(spec, ''), spec, description: null, note: (error as Error).message })
    }
  }
  return subjects
}

/** 'tlc ×2', 'jax-js ×1', and where it runs if not where this process does: 'tlc ×1, Node v20.20.2' */
function nameOf({ kind, threads, node }: SubjectSpec, version: string): string {
  const library = kind === 'wasm' ? 'tlc' : kind === 'reference' ? 'tlc reference' : kind
  return `${library} ×${threads}${node === undefined ? '' : `, Node ${version || node}`}`
}
