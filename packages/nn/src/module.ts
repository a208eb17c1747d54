import { Tensor } from '@tlc/tensor'
import { Parameter } from './parameter.ts'
import type { UnitKind, Units } from './units.ts'

/**
 * A part of a model: an object whose fields are parameters, modules, or arrays of modules. The name of a parameter is
 * the path of fields to it, `encoder.layer.0.attention.query.weight`.
 */
export abstract class Module {
  /**
   * What of it can be cut, for modules that know: heads, neurons, hidden features, layers. Undefined for kinds that it has
   * none of.
   */
  units?(kind: UnitKind): Units | undefined
}

/** Every module in a tree with its path, the root (path '') first. */
export function* namedModules(root: Module, path = ''): Generator<[string, Module]> {
  yield [path, root]
  for (const [name, field] of Object.entries(root)) {
    const fields: [string, unknown][] = Array.isArray(field)
      ? field.map((each, i) => [`${name}.${i}`, each])
      : [[name, field]]
    for (const [key, child] of fields) {
      if (child instanceof Module) yield* namedModules(child, path ? `${path}.${key}` : key)
    }
  }
}

/** Every parameter in a tree by its path; one that is tied to several places comes once, under the first. */
export function namedParameters(root: Module): Map<string, Parameter> {
  const named = new Map<string, Parameter>()
  const seen = new Set<Parameter>()
  for (const [path, module] of namedModules(root)) {
    for (const [name, field] of Object.entries(module)) {
      if (!(field instanceof Parameter) || seen.has(field)) continue
      seen.add(field)
      named.set(path ? `${path}.${name}` : name, field)
    }
  }
  return named
}

/** Elements of all parameters, tied ones counted once. */
export function countParameters(root: Module): number {
  let count = 0
  for (const { stored } of namedParameters(root).values()) count += stored.size
  return count
}

/** Frees the tensors of a whole module: its parameters, and tensors that are fields of their own. */
export function disposeModule(root: Module): void {
  for (const [, module] of namedModules(root)) {
    for (const field of Object.values(module)) {
      if (field instanceof Parameter) field.stored.dispose()
      else if (field instanceof Tensor) field.dispose()
    }
  }
}
