import { type Command, Option } from 'commander'
import type { BenchmarkOptions } from '../bench/index.ts'
import { wholeNumber } from './options.ts'
import { version } from './version.ts'

type Given = Omit<BenchmarkOptions, 'version' | 'print' | 'progress'>

/** How often a log, which keeps every line, is told how far it is. */
const quietMilliseconds = 30_000

const examples = `
Examples:
  tlc bench --quick
  tlc bench --only 'matmul .512' --no-peers --json matmul.json
  tlc bench --backend webgpu --out docs
  tlc bench --from benchmarks.json --markdown benchmarks.md

Everybody is asked the same, by turns, each in a process of its own. Nothing is timed before its result was compared with
float64; what is wrong is not timed, and if it is ours the exit code is 1. The libraries to compare with are installed
when they are first needed, in the repository only.`

/** `tlc bench` */
export function addBench(program: Command): void {
  program
    .command('bench')
    .description('measure products, kernels and whole training steps, beside other libraries')
    .option('--only <pattern>', 'only cases whose name matches, a regular expression like "training step mini"')
    .option('--quick', 'few samples of small cases, to see that all works')
    .option(
      '--rounds <number>',
      'how often everybody is asked by turns; 5 by default, 3 of them whoever is slow',
      wholeNumber(1, 1000, 5),
    )
    .option('--no-peers', 'leave other libraries out')
    .addOption(
      new Option('--backend <name>', 'what of ours to measure')
        .choices(['wasm', 'reference', 'webgpu'])
        .default('wasm'),
    )
    .addOption(
      new Option(
        '--driver <name>',
        "of webgpu: the machine's own or that of npm, the first that works by default",
      ).choices(['system', 'swiftshader']),
    )
    .option('--threads <number>', 'of ours and of theirs; one and then all by default', wholeNumber(1, 1024, 1))
    .option('--node <path...>', 'measure ours on other executables of Node, too')
    .option('--no-wide', 'leave 256-bit vectors out, with which studies run: they need an experimental flag of V8')
    .option('--strict', 'wasm without relaxed SIMD: the same bits on every machine')
    .option('--json <file>', 'write all figures to a file')
    .option('--markdown <file>', 'write a page to a file')
    .option('--out <directory>', 'write both to a directory')
    .option('--from <file>', 'measure nothing: show, and write, what --json wrote before')
    .addHelpText('after', examples)
    .action(bench)
}

async function bench(given: Given): Promise<void> {
  const { installPeers, runBenchmarks } = await import('../bench/index.ts')
  const onTerminal = process.stderr.isTTY
  let told = Number.NEGATIVE_INFINITY
  const clear = onTerminal ? '\r\u001b[K' : ''
  if (given.peers && given.backend !== 'reference' && given.from === undefined) await installPeers(console.log)
  const { failures } = await runBenchmarks({
    ...given,
    version: version(),
    print(text) {
      if (onTerminal) process.stderr.write(clear)
      console.log(text)
    },
    progress(what) {
      if (onTerminal) process.stderr.write(`${clear}${what.slice(0, (process.stderr.columns ?? 80) - 1)}`)
      else if (performance.now() - told > quietMilliseconds) {
        told = performance.now()
        console.error(what)
      }
    },
  })
  if (failures.length > 0) throw new Error(`bench: ${failures.length} cases of ours failed: ${failures.join('; ')}`)
}
