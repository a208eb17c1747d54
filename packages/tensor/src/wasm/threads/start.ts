import { source } from '../generated/thread.ts'
import type { ThreadStart } from './thread.ts'

/** A worker that takes part in jobs. */
export interface Thread {
  /** Ends it, whatever it is at. */
  end(): Promise<void>
}

/** Hears that a worker ended, and why. */
export type OnEnd = (reason: string) => void

const { process } = globalThis as { readonly process?: Pick<NodeJS.Process, 'getBuiltinModule'> }

/** Gives modules of Node, without an import that bundlers for browsers would stumble over. */
export const builtin: NodeJS.Process['getBuiltinModule'] | undefined = process?.getBuiltinModule

/** Starts a worker; resolves when it waits for jobs. */
export function startThread(start: ThreadStart, onEnd: OnEnd): Promise<Thread> {
  return builtin ? startInNode(start, onEnd) : startInBrowser(start, onEnd)
}

/**
 * In Node the worker leaves a note where it ends, since a caller that waits for it hears no event. It is no reason for
 * the process to stay.
 */
function startInNode(start: ThreadStart, onEnd: OnEnd): Promise<Thread> {
  const { Worker } = builtin!('node:worker_threads')
  const program = `${source}
const { parentPort, workerData } = require('node:worker_threads')
process.once('exit', () => thread.leave(workerData))
const work = thread.prepare(workerData)
parentPort.postMessage('ready')
work()`
  const options = { eval: true, workerData: start, execArgv: [], name: `tlc kernels ${start.thread}` }
  const worker = new Worker(program, options)
  worker.unref()
  return new Promise((resolve, reject) => {
    let reason: string | undefined
    worker.once('error', (error) => {
      reason = String(error)
    })
    worker.once('exit', (code) => {
      const text = reason ?? `exit code ${code}`
      onEnd(text)
      reject(new Error(`it ended at once (${text})`))
    })
    worker.once('message', () => resolve({ end: async () => void (await worker.terminate()) }))
  })
}

function startInBrowser(start: ThreadStart, onEnd: OnEnd): Promise<Thread> {
  const program = `${source}
onmessage = ({ data }) => {
  const work = thread.prepare(data)
  postMessage('ready')
  work()
}`
  const url = URL.createObjectURL(new Blob([program], { type: 'text/javascript' }))
  const worker = new Worker(url, { name: `tlc kernels ${start.thread}` })
  return new Promise<Thread>((resolve, reject) => {
    worker.onerror = ({ message }) => {
      const reason = message ?? 'it could not be loaded; a content security policy must allow worker-src blob:'
      onEnd(reason)
      reject(new Error(reason))
    }
    worker.onmessage = () => resolve({ end: async () => worker.terminate() })
    worker.postMessage(start)
  }).finally(() => URL.revokeObjectURL(url))
}
