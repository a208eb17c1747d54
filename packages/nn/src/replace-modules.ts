import { Module } from './module.ts'

/** A class of modules, whatever its constructor takes. */
export type ModuleType<M extends Module> = abstract new (...options: never[]) => M

/**
 * Puts another module in the place of every module of a type: `replaceModules(model, Linear, toQuantized)`. A module
 * that sits in several places is replaced in all of them, by one and the same. What `replace` returns is not searched.
 *
 * The fields' declared types do not change: declare those that are meant to be replaced as `Layer`.
 *
 * @param replace makes the new module; returning its argument keeps the old one. Disposing the old one's parameters,
 *   where they are not used any more, is up to it.
 * @returns the paths at which a module was replaced; of places within a shared module, those under its first
 * @throws TypeError if the root itself is of the type: it has no place to be replaced in
 */
export function replaceModules<M extends Module>(
  root: Module,
  type: ModuleType<M>,
  replace: (module: M, path: string) => Module,
): string[] {
  if (root instanceof type) {
    throw new TypeError(
      `replaceModules: the root is a ${type.name} itself; call replace on it, or give the module around it`,
    )
  }
  const replaced: string[] = []
  const replacements = new Map<Module, Module>()
  const visit = (child: Module, path: string): Module => {
    if (!(child instanceof type)) {
      walk(child, path)
      return child
    }
    const replacement = replacements.get(child) ?? replace(child, path)
    replacements.set(child, replacement)
    if (replacement !== child) replaced.push(path)
    return replacement
  }
  const searched = new Set<Module>()
  const walk = (parent: Module, path: string): void => {
    // A module that is shared comes again, when what was put into it must not be searched.
    if (searched.has(parent)) return
    searched.add(parent)
    const fields = parent as unknown as Record<string, unknown>
    for (const [name, field] of Object.entries(fields)) {
      const place = path ? `${path}.${name}` : name
      if (field instanceof Module) fields[name] = visit(field, place)
      if (!Array.isArray(field)) continue
      field.forEach((each, index) => {
        if (each instanceof Module) field[index] = visit(each, `${place}.${index}`)
      })
    }
  }
  walk(root, '')
  return replaced
}
