import { join } from 'node:path'
import type { Command } from 'commander'

/** `tlc report` */
export function addReport(program: Command): void {
  program
    .command('report')
    .description("draw a study's report anew from its results.json")
    .argument('<directory>', 'the --out of a study')
    .action(report)
}

async function report(directory: string): Promise<void> {
  const { readResults } = await import('../read-results.ts')
  const { writeReport } = await import('../report/index.ts')
  console.log(await writeReport(await readResults(join(directory, 'results.json')), directory))
}
