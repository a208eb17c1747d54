import { Embedding, type Module, type ModuleType, namedModules, Parameter } from '@tlc/nn'

/** A parameter and every place where a model uses it. */
export interface Candidate {
  /** The path of its first place, under which it is known. */
  readonly name: string
  /** The paths of all places: more than one when it is tied. */
  readonly names: readonly string[]
  /** The modules at those places. */
  readonly modules: readonly Module[]
  readonly parameter: Parameter
}

/**
 * Parameters that are left out: by the name of one, or the path of a module that holds it somewhere within; by an expression
 * that a name matches; by the type of module whose own it is. One of the places of a tied parameter is enough.
 */
export type Exclusion = string | RegExp | ModuleType<Module>

/** Which parameters to prune. */
export interface SelectOptions {
  /** Whether embeddings are pruned too; false by default. */
  readonly embeddings?: boolean
  /** Decides instead of the default rule. */
  readonly where?: (candidate: Candidate) => boolean
  /** What is left out of what is selected otherwise; nothing by default. */
  readonly exclude?: readonly Exclusion[]
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
  const { embeddings = false, exclude = [], where = (candidate) => isLayerMatrix(candidate, embeddings) } = options
  for (const candidate of candidates(model)) {
    if (where(candidate) && !exclude.some((exclusion) => isExcluded(candidate, exclusion)))
      selected.set(candidate.name, candidate.parameter)
  }
  if (selected.size === 0)
    throw new Error('prunable: no parameter was selected; check `where` and `exclude` against the names of the model')
  return selected
}

function isLayerMatrix({ names, modules, parameter }: Candidate, embeddings: boolean): boolean {
  if (parameter.stored.shape.length < 2) return false
  const isEmbedding = modules.some((module) => module instanceof Embedding)
  if (isEmbedding || names.some((name) => /embedding/i.test(name))) return embeddings
  return !names.some((name) => /(^|\.)(lm_head|classifier|head)\./.test(name))
}

function isExcluded({ names, modules }: Candidate, exclusion: Exclusion): boolean {
  if (typeof exclusion === 'function') return modules.some((module) => module instanceof exclusion)
  if (typeof exclusion === 'string') return names.some((name) => name === exclusion || name.startsWith(`${exclusion}.`))
  // `search` begins anew each time, where `test` with the flag g does not.
  return names.some((name) => name.search(exclusion) >= 0)
}

function candidates(model: Module): Iterable<Candidate> {
  const found = new Map<Parameter, { name: string; names: string[]; modules: Module[]; parameter: Parameter }>()
  for (const [path, module] of namedModules(model)) {
    for (const [field, parameter] of Object.entries(module)) {
      if (!(parameter instanceof Parameter)) continue
      const name = path ? `${path}.${field}` : field
      const known = found.get(parameter)
      if (known) {
        known.names.push(name)
        known.modules.push(module)
      } else found.set(parameter, { name, names: [name], modules: [module], parameter })
    }
  }
  return found.values()
}
