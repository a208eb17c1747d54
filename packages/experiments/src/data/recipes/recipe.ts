/** A text and its translation. */
export interface TextPair {
  readonly source: string
  readonly target: string
}

/** What a recipe works with. */
export interface Kitchen {
  /** deleted afterwards */
  readonly folder: string
  readonly onProgress: (remark: string) => void
  readonly signal?: AbortSignal | undefined
}

/** How a parallel text is made of Debian's packages. */
export interface Recipe {
  readonly description: string
  readonly size: string
  readonly licence: string
  /** Fetches what it needs, and yields the pairs; notes where they come from. */
  readonly pairs: (kitchen: Kitchen, note: (origin: string) => void) => AsyncIterable<TextPair>
}
