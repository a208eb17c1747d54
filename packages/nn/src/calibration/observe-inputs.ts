import type { Tensor } from '@tlc/tensor'
import { type Module, namedModules } from '../module.ts'
import type { ModuleType } from '../replace-modules.ts'

/**
 * Told of each input of a module: its first argument, alive for as long as whoever made it says.
 *
 * @param path where the module is; the first place, if it sits in several
 */
export type InputObserver<M extends Module> = (path: string, module: M, input: Tensor) => void

type Forward = (input: Tensor, ...rest: unknown[]) => unknown
type Hear = (input: Tensor) => void

/** Who listens to a module. While anybody does, the module has a `forward` of its own before that of its class. */
const listeners = new WeakMap<Module, Set<Hear>>()

/**
 * Sees what the modules of a type are given, until disposed; what they compute does not change. Several observers may
 * watch one module, and leave in any order.
 *
 * @throws TypeError if such a module has no `forward`, or the tree has no module of the type; then nothing is observed
 */
export function observeInputs<M extends Module>(
  root: Module,
  type: ModuleType<M>,
  observe: InputObserver<M>,
): Disposable {
  const found = new Map<M, string>()
  for (const [path, module] of namedModules(root)) {
    if (module instanceof type && !found.has(module)) found.set(module, path)
  }
  if (found.size === 0)
    throw new TypeError(`observeInputs: the model has no ${type.name} whose inputs could be observed`)
  for (const [module, path] of found) checkForward(module, path)
  const leave = [...found].map(([module, path]) => hear(module, (input) => observe(path, module, input)))
  return {
    [Symbol.dispose]() {
      for (const each of leave.splice(0)) each()
    },
  }
}

function checkForward(module: Module, path: string): void {
  if (typeof (module as { readonly forward?: unknown }).forward !== 'function') {
    throw new TypeError(`observeInputs: ${module.constructor.name} at '${path}' has no forward(x) to observe`)
  }
}

/** Adds a listener to a module; what it returns takes it away, and with the last of them the shadow. */
function hear(module: Module, listener: Hear): () => void {
  const heard = listeners.get(module) ?? shadow(module)
  heard.add(listener)
  return () => {
    heard.delete(listener)
    if (heard.size > 0) return
    Reflect.deleteProperty(module, 'forward')
    listeners.delete(module)
  }
}

function shadow(module: Module): Set<Hear> {
  const heard = new Set<Hear>()
  listeners.set(module, heard)
  const { forward } = module as unknown as { readonly forward: Forward }
  // Not enumerable: to those who walk the fields of modules it is not there.
  Object.defineProperty(module, 'forward', {
    configurable: true,
    value(this: Module, input: Tensor, ...rest: unknown[]): unknown {
      for (const each of heard) each(input)
      return forward.call(this, input, ...rest)
    },
  })
  return heard
}
