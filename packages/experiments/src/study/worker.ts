import { UserError } from '../user-error.ts'
import type { Order, Report } from './messages.ts'
import { perform } from './tasks.ts'

/** Steps of small models take a millisecond; nobody reads that fast. */
const millisecondsBetweenReports = 250

/** Does one task after the other for the parent process, and ends with it. */
process.on('message', async ({ task }: Order) => {
  let lastReport = 0
  try {
    await perform(task, (done, note) => {
      if (performance.now() - lastReport < millisecondsBetweenReports) return
      lastReport = performance.now()
      send({ kind: 'progress', done, note })
    })
    send({ kind: 'finished' })
  } catch (error) {
    const { message, stack } = error as Error
    send({ kind: 'failed', message, stack, forUser: error instanceof UserError })
  }
})
process.on('disconnect', () => process.exit())
// An interrupt from the keyboard reaches the parent too, which decides.
process.on('SIGINT', () => undefined)

function send(report: Report): void {
  process.send?.(report)
}
