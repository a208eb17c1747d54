import type { Command } from 'commander'

/** `tlc bench` */
export function addBench(program: Command): void {
  program.command('bench').description('measure the speed of this machine').action(() => {
    throw new Error('pending')
  })
}
