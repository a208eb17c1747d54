import { setImmediate } from 'node:timers/promises'

/**
 * Lets the process hear signals, its parent and its timers: awaiting a result of a backend on a CPU does not, so a long
 * computation would be deaf until its end. To be called every few milliseconds; takes microseconds.
 */
export async function breathe(): Promise<void> {
  await setImmediate()
}
