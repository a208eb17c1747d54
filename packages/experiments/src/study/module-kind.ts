/** The kinds of modules that the paper's error figures tell apart, by parts of the names of their parameters. */
const kinds: readonly (readonly [RegExp, string])[] = [
  [/embeddings\./, 'embedding'],
  [/attention\./, 'attention'],
  [/(intermediate|output)\.dense\./, 'feed-forward'],
  [/^(classifier|lm_head)\./, 'head'],
]

/** 'embedding', 'attention', 'feed-forward', 'head' or 'other'. */
export function moduleKind(parameterName: string): string {
  return kinds.find(([pattern]) => pattern.test(parameterName))?.[1] ?? 'other'
}
