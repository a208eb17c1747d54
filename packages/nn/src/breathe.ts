/**
 * Lets the program hear signals, its timers, or a page its user: awaiting a result of a backend on a CPU does not, so a
 * long computation would be deaf until its end. To be called every few milliseconds; takes microseconds.
 */
export function breathe(): Promise<void> {
  const { port1, port2 } = new MessageChannel()
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}
