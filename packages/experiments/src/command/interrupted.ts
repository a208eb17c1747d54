import { constants } from 'node:os'

/** The user, or the system, has asked the command to end. */
export class Interrupted extends Error {
  override name = 'Interrupted'
  readonly exitCode: number

  constructor(signal: 'SIGINT' | 'SIGTERM', remark: string) {
    super(remark)
    this.exitCode = 128 + constants.signals[signal]
  }
}

/** A signal that is aborted by Ctrl-C or a request to end; a second one ends the process at once. */
export interface Interruption extends Disposable {
  readonly signal: AbortSignal
}

/** @param remark what to tell then: what is kept, how to go on */
export function interruption(remark: string): Interruption {
  const controller = new AbortController()
  const stop = (name: 'SIGINT' | 'SIGTERM') => (): void => controller.abort(new Interrupted(name, remark))
  const handlers = { SIGINT: stop('SIGINT'), SIGTERM: stop('SIGTERM') }
  process.once('SIGINT', handlers.SIGINT)
  process.once('SIGTERM', handlers.SIGTERM)
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      process.off('SIGINT', handlers.SIGINT)
      process.off('SIGTERM', handlers.SIGTERM)
    },
  }
}
