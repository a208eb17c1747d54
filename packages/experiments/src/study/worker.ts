import { UserError } from '../user-error.ts'
import type { Order, Report } from './messages.ts'
import { perform } from './tasks.ts'

/** Does one task after the other for the parent process, and ends with it. */
process.on('message', async ({ task }: Order) => {
  try {
    const result = await perform(task, (done, note) => send({ kind: 'progress', done, note }))
    send({ kind: 'finished', result })
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
