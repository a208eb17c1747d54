import type { Selection } from './recipe.ts'

/**
 * Which of the parameters that a step is usually about are meant: those of `include`, but none of `exclude`.
 *
 * @param usual whether a parameter is meant if no `include` says otherwise
 */
export function selects(
  { include, exclude = [] }: Selection,
  usual: (name: string) => boolean,
): (name: string) => boolean {
  const wanted = include?.map((pattern) => new RegExp(pattern))
  const unwanted = exclude.map((pattern) => new RegExp(pattern))
  return (name) => {
    const isMeant = wanted ? wanted.some((pattern) => pattern.test(name)) : usual(name)
    return isMeant && !unwanted.some((pattern) => pattern.test(name))
  }
}

/** What to tell if a selection leaves nothing. */
export function nothingSelected(usual: Iterable<string>): string {
  const [example = 'none'] = usual
  return `include, exclude and embeddings leave no parameter; they are matched against names such as ${example}`
}
