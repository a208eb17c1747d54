import type { Parameter } from '@tlc/nn'

/** Each parameter of a map once, under its first name, so that a tied one is not counted twice. */
export function* distinct(parameters: ReadonlyMap<string, Parameter>): Generator<[string, Parameter]> {
  const seen = new Set<Parameter>()
  for (const [name, parameter] of parameters) {
    if (seen.has(parameter)) continue
    seen.add(parameter)
    yield [name, parameter]
  }
}
