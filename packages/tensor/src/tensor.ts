import type { Backend, DeviceBuffer, View } from './backend.ts'
import { type DType, dtypes, type TypedArray } from './dtype.ts'
import { DTypeError, LifetimeError, ShapeError } from './errors.ts'
import { decoders } from './float16.ts'
import type { Methods } from './methods.ts'
import { currentScope, type Owner } from './scope.ts'
import { formatShape, type Shape, sizeOf } from './shape.ts'
import { Storage } from './storage.ts'

let created = 0

/** Storages whose last tensor was collected without being freed: a leak that the garbage collector caught. */
const caught = new FinalizationRegistry<Storage>((storage) => {
  leaks++
  storage.release()
})
let leaks = 0

/** How many tensors, made outside any scope, were collected as garbage without `dispose()`. Their memory was freed. */
export function leakedTensors(): number {
  return leaks
}

/**
 * A block of numbers of one type on one backend. Values never change, except by `assign`.
 *
 * Operations are methods (`x.add(y).sum({ axis: -1 })`) and, under the same names, functions.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: methods.ts installs exactly the methods of this interface
export class Tensor implements View {
  /** Distinct for every tensor made in this process; handles on one tensor share it. */
  readonly id: number
  readonly shape: Shape
  readonly dtype: DType
  readonly size: number
  #storage: Storage | undefined
  #owner: Owner | undefined

  /** @internal Use `tensor(...)`, `zeros(...)`, or an operation. Takes over one reference to the storage. */
  constructor(
    storage: Storage,
    shape: Shape,
    dtype: DType,
    id: number = ++created,
    owner: Owner | undefined = currentScope(),
  ) {
    this.id = id
    this.shape = shape
    this.dtype = dtype
    this.size = sizeOf(shape)
    this.#storage = storage
    this.#owner = owner
    if (owner) owner.adopt(this)
    else caught.register(this, storage, this)
  }

  /** A tensor with memory that holds anything. */
  static allocate(backend: Backend, shape: Shape, dtype: DType): Tensor {
    return new Tensor(new Storage(backend, sizeOf(shape) * dtypes[dtype].bytes), shape, dtype)
  }

  get backend(): Backend {
    return this.#alive().backend
  }

  get buffer(): DeviceBuffer {
    return this.#alive().buffer
  }

  get disposed(): boolean {
    return this.#storage === undefined
  }

  /** The elements, copied to an array of the matching kind. */
  async data(): Promise<TypedArray> {
    const { backend, buffer } = this.#alive()
    return backend.download(buffer, this.dtype, this.size)
  }

  /**
   * The value of a tensor that has exactly one element.
   *
   * @throws ShapeError if it has more or none
   */
  async item(): Promise<number> {
    if (this.size !== 1) {
      throw new ShapeError(`item: needs one element, got shape ${formatShape(this.shape)}; use data() to read them all`)
    }
    const stored = (await this.data())[0]!
    return decoders[this.dtype]?.(stored) ?? stored
  }

  /**
   * Another handle on this tensor, with the same id, which keeps the values alive until it is disposed in its turn.
   *
   * @param owner who disposes it, the innermost scope by default
   */
  handle(owner: Owner | undefined = currentScope()): Tensor {
    return new Tensor(this.#alive().retain(), this.shape, this.dtype, this.id, owner)
  }

  /** Another tensor on the same storage, with another shape of the same size if one is given. */
  alias(shape: Shape = this.shape): Tensor {
    return new Tensor(this.#alive().retain(), shape, this.dtype)
  }

  /**
   * Takes over the values of another tensor of the same shape and type, and frees what it held. Other handles on its
   * former storage are not affected.
   */
  assign(source: Tensor): this {
    if (formatShape(source.shape) !== formatShape(this.shape)) {
      throw new ShapeError(
        `assign: shape ${formatShape(source.shape)} into ${formatShape(this.shape)}; they must be equal`,
      )
    }
    if (source.dtype !== this.dtype) {
      throw new DTypeError(`assign: ${source.dtype} into ${this.dtype}; write .cast('${this.dtype}')`)
    }
    const former = this.#alive()
    this.#storage = source.#alive().retain()
    former.release()
    this.moveTo(this.#owner)
    return this
  }

  /** Frees the tensor's hold on its memory; further use is an error. Freeing twice is fine. */
  dispose(): void {
    if (!this.#storage) return
    if (this.#owner) this.#owner.forget(this)
    else caught.unregister(this)
    this.#storage.release()
    this.#storage = undefined
  }

  [Symbol.dispose](): void {
    this.dispose()
  }

  /** @internal Changes the scope that frees this tensor; with none, a finalizer watches it. */
  moveTo(owner: Owner | undefined): void {
    if (this.#owner) this.#owner.forget(this)
    else caught.unregister(this)
    this.#owner = owner
    if (owner) owner.adopt(this)
    else caught.register(this, this.#alive(), this)
  }

  toString(): string {
    return `Tensor ${this.dtype}${formatShape(this.shape)}${this.#storage ? ` on ${this.#storage.backend.name}` : ' (freed)'}`
  }

  #alive(): Storage {
    if (!this.#storage) {
      throw new LifetimeError(
        `${this.toString()} was used after it was freed; keep it with scope.keep(tensor), or dispose it later`,
      )
    }
    return this.#storage
  }
}

export interface Tensor extends Methods {}
