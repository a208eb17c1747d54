import type { Tensor } from './tensor.ts'

/**
 * Owns the tensors created while it is the innermost scope, and frees them when it ends:
 *
 * ```ts
 * using step = scope()
 * const loss = …
 * return step.keep(loss)
 * ```
 */
export interface Scope extends Disposable {
  /** Lets a tensor, or every tensor of a list, outlive this scope: it belongs to the enclosing scope, if any. */
  keep<T extends Tensor | readonly Tensor[]>(kept: T): T
}

const open: TensorScope[] = []

class TensorScope implements Scope {
  readonly #owned = new Set<Tensor>()
  readonly #parent = open.at(-1)
  ended = false

  adopt(tensor: Tensor): void {
    this.#owned.add(tensor)
  }

  forget(tensor: Tensor): void {
    if (!this.ended) this.#owned.delete(tensor)
  }

  keep<T extends Tensor | readonly Tensor[]>(kept: T): T {
    for (const tensor of Array.isArray(kept) ? (kept as readonly Tensor[]) : [kept as Tensor]) {
      // A tensor of another scope stays there.
      if (this.#owned.delete(tensor)) tensor.moveTo(this.#around())
    }
    return kept
  }

  /** The nearest scope around that has not ended. */
  #around(): TensorScope | undefined {
    let scope = this.#parent
    while (scope?.ended) scope = scope.#parent
    return scope
  }

  [Symbol.dispose](): void {
    this.ended = true
    if (open.at(-1) === this) open.pop()
    else {
      const place = open.lastIndexOf(this)
      if (place >= 0) open.splice(place, 1)
    }
    for (const tensor of this.#owned) tensor.dispose()
  }
}

/** Opens a scope. Dispose it with `using`; scopes nest, and must end in the reverse of the order they began in. */
export function scope(): Scope {
  const opened = new TensorScope()
  open.push(opened)
  return opened
}

/** The innermost open scope: where new tensors belong. */
export function currentScope(): Owner | undefined {
  return open.at(-1)
}

/** What a tensor needs of the scope that owns it. */
export interface Owner {
  adopt(tensor: Tensor): void
  forget(tensor: Tensor): void
}
