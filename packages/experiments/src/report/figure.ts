import type { TopLevelSpec } from 'vega-lite'
import type { StudyResults } from '../results.ts'

/** One figure of the report: what it shows, in words and as a Vega-Lite specification with its data inside. */
export interface Figure {
  /** file name without ending, and anchor in the page */
  readonly name: string
  readonly title: string
  /** for a careful reader: what is drawn, how it was measured, what to beware of */
  readonly caption: string
  /** takes the whole width of the page; the others stand two abreast */
  readonly wide?: boolean
  /** without colours or fonts, which come from the theme */
  readonly spec: TopLevelSpec
}

/** Draws a figure from the results, or nothing when they hold no data for it. */
export type DrawFigure = (study: StudyResults) => Figure | undefined

/** The rows that a figure draws. */
export function rowsOf({ spec }: Figure): readonly unknown[] {
  const { data } = spec as { data?: { values?: readonly unknown[] } }
  return data?.values ?? []
}
