import { type Module, namedModules, Parameter } from '@tlc/nn'

/** A parameter and every place where a model uses it. */
export interface Candidate {
  /** The path of its first place, under which it is known. */
  readonly name: string
  /** The paths of all places: more than one when it is tied. */
  readonly names: readonly string[]
  readonly parameter: Parameter
}

/** Which parameters to prune. */
export interface SelectOptions {
  /** Whether embeddings are pruned too; false by default. */
  readonly embeddings?: boolean
  /** Decides instead of the default rule. */
  readonly where?: (candidate: Candidate) => boolean
}

/**
 * The parameters to prune, by name, each once however many places share it: the matrices of the layers of a model. Not
 * embeddings (unless asked for), nor biases and normalization, nor output heads (`lm_head`, `classifier`, `head`).
 *
 * @throws Error if none is left
 * @see Sanh et al. 2020, section 5: the encoder's linear weights, embeddings and heads left out
 */
export function prunable(model: Module, options: SelectOptions = {}): Map<string, Parameter> {
  const selected = new Map<string, Parameter>()
  const where = options.where ?? ((candidate: Candidate) => isLayerMatrix(candidate, options.embeddings ?? false))
  for (const candidate of candidates(model)) {
    if (where(candidate)) selected.set(candidate.name, candidate.parameter)
  }
  if (selected.size === 0)
    throw new Error('prunable: no parameter was selected; check `where` against the names of the model')
  return selected
}

function isLayerMatrix({ names, parameter }: Candidate, embeddings: boolean): boolean {
  if (parameter.stored.shape.length < 2) return false
  if (names.some((name) => /embedding/i.test(name))) return embeddings
  return !names.some((name) => /(^|\.)(lm_head|classifier|head)\./.test(name))
}

function candidates(model: Module): Iterable<Candidate> {
  const found = new Map<Parameter, { name: string; names: string[]; parameter: Parameter }>()
  for (const [path, module] of namedModules(model)) {
    for (const [field, parameter] of Object.entries(module)) {
      if (!(parameter instanceof Parameter)) continue
      const name = path ? `${path}.${field}` : field
      const known = found.get(parameter)
      if (known) known.names.push(name)
      else found.set(parameter, { name, names: [name], parameter })
    }
  }
  return found.values()
}
