import { Embedding, type Module, namedModules, namedParameters, Parameter } from '@tlc/nn'

/** What to quantize. */
export interface SelectOptions {
  /** Whether embeddings are quantized too; true by default, as in the paper. */
  readonly embeddings?: boolean
  /** Decides instead of the default rule: every parameter with two axes or more. */
  readonly where?: (name: string, parameter: Parameter) => boolean
}

/** The parameters to quantize, by name, each once however many places share it: matrices, embeddings among them. */
export function quantizable(model: Module, options: SelectOptions = {}): Map<string, Parameter> {
  const isMeant = options.where ?? usual(model, options.embeddings ?? true)
  return new Map([...namedParameters(model)].filter(([name, parameter]) => isMeant(name, parameter)))
}

function usual(model: Module, embeddings: boolean): (name: string, parameter: Parameter) => boolean {
  const excluded = embeddings ? new Set<Parameter>() : embeddingsOf(model)
  return (_, parameter) => parameter.stored.shape.length >= 2 && !excluded.has(parameter)
}

/** Parameters that are an embedding at one of their places, by the module's class or the parameter's name. */
function embeddingsOf(model: Module): Set<Parameter> {
  const found = new Set<Parameter>()
  for (const [path, module] of namedModules(model)) {
    for (const [field, parameter] of Object.entries(module)) {
      if (!(parameter instanceof Parameter)) continue
      if (module instanceof Embedding || /embedding/i.test(`${path}.${field}`)) found.add(parameter)
    }
  }
  return found
}
