import { type ChildProcess, fork } from 'node:child_process'
import { environmentOf } from '../driver.ts'
import type { Description, SubjectSpec } from '../subjects/subject.ts'
import type { Answer, Order } from './messages.ts'

/** Longest time for an answer, in seconds: whoever takes longer hangs. */
const patience = 300

/**
 * A subject in a process of its own: nothing that the others compiled, allocated or left running bears on it, and while
 * it is not asked it sleeps. A process that dies or hangs answers every order with a failure that says so.
 */
export class SubjectProcess implements Disposable {
  readonly spec: SubjectSpec
  readonly #child: ChildProcess
  readonly #opened: Promise<Answer>
  #failure: string | undefined
  /** the end of what it wrote to its stderr */
  #complaint = ''

  constructor(spec: SubjectSpec) {
    this.spec = spec
    // The same file extension as this one: .ts when run from source, .js when built.
    const entry = new URL(import.meta.url.replace('subject-process', 'main'))
    this.#child = fork(entry, [JSON.stringify(spec)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
      env: environmentOf(spec.driver),
      ...(spec.node !== undefined && { execPath: spec.node, execArgv: [] }),
    })
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-4000)
    })
    // Without a listener an error of a process that cannot be started would end this one.
    this.#child.on('error', (error) => {
      this.#failure ??= error.message
    })
    this.#opened = this.#answer()
  }

  /** What it is; rejects with the reason if it cannot be opened. */
  async description(): Promise<Description> {
    const answer = await this.#opened
    if (answer.kind === 'opened') return answer.description
    throw new Error(answer.kind === 'failed' ? answer.message : `unexpected answer ${answer.kind}`)
  }

  /** Asks for one thing; the next order has to wait for the answer. */
  ask(order: Order): Promise<Answer> {
    if (this.#failure !== undefined) return Promise.resolve({ kind: 'failed', message: this.#failure })
    const answer = this.#answer()
    // A process that has just died is heard of by its exit.
    this.#child.send(order, () => undefined)
    return answer
  }

  [Symbol.dispose](): void {
    this.#failure ??= 'its process was ended'
    this.#child.kill('SIGKILL')
  }

  #answer(): Promise<Answer> {
    return new Promise((resolve) => {
      const settle = (answer: Answer): void => {
        clearTimeout(timer)
        this.#child.off('message', settle)
        this.#child.off('close', died)
        this.#child.off('error', broke)
        resolve(answer)
      }
      const fail = (message: string): void => {
        this.#failure ??= message
        settle({ kind: 'failed', message })
      }
      const died = (code: number | null, signal: string | null): void => {
        const error = /^\w*Error.*$/m.exec(this.#complaint)?.[0]
        fail(`its process ended (${signal ?? `exit code ${code}`})${error === undefined ? '' : `: ${error}`}`)
      }
      const broke = (error: Error): void => fail(error.message)
      const timer = setTimeout(() => {
        fail(`no answer within ${patience} s`)
        this.#child.kill('SIGKILL')
      }, 1000 * patience)
      this.#child.on('message', settle)
      // Unlike 'exit', when all that it wrote has arrived.
      this.#child.once('close', died)
      this.#child.once('error', broke)
    })
  }
}
