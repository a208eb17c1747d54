import type { Composites } from './composites/index.ts'
import type { DType, TypedArray } from './dtype.ts'
import { Ledger, type Memory } from './ledger.ts'
import type { Primitives } from './primitives.ts'
import { type Clock, clockOfKernels, Profiler } from './profiler.ts'
import type { Shape } from './shape.ts'

/** Memory on a backend. What it holds is the backend's own affair. */
export interface DeviceBuffer {
  readonly bytes: number
}

/** What a kernel sees of a tensor: contiguous, row-major, in one buffer from its start. */
export interface View {
  readonly buffer: DeviceBuffer
  readonly shape: Shape
  readonly dtype: DType
  readonly size: number
}

/**
 * Writes the outputs, already allocated with the shapes of the operation's rule and not initialized, from the inputs.
 * Inputs are checked: kernels need not. An output may be the very buffer of an input only for operations called
 * with `into` (adamwStep).
 */
export type Kernel<Parameters> = (inputs: readonly View[], parameters: Parameters, outputs: readonly View[]) => void

/** A kernel for every primitive but reshape, which shares storage. */
export type Kernels = { readonly [P in Exclude<keyof Primitives, 'reshape'>]: Kernel<Primitives[P]> }

/** Kernels for those composites that a backend does in one pass. */
export type FusedKernels = { readonly [C in keyof Composites]?: Kernel<Composites[C]> }

/** The backends that `openBackend` knows. */
export type BackendName = 'reference' | 'wasm' | 'webgpu' | 'gpujs'

/** What `openBackend()` took, and why. */
export interface Choice {
  readonly name: BackendName
  readonly why: string
  /** The better ones, and why each of them was not taken. */
  readonly passedOver: readonly { readonly name: BackendName; readonly why: string }[]
}

/** Where tensors live and operations run. Implement it, then call the conformance suite. */
export abstract class Backend {
  abstract readonly name: BackendName
  /** Whether its f32 arithmetic takes numbers below 2⁻¹²⁶ in magnitude for 0, and makes none, as GPUs may. */
  readonly flushesDenormals: boolean = false
  /**
   * Whether operations accept f16: kernels then take each f16 operand as f32, compute and sum in f32, and round every f16
   * result once. Elsewhere f16 is for storage.
   */
  readonly computesHalf: boolean = false
  /** Every primitive. */
  abstract readonly kernels: Kernels
  /** The composites it has kernels of its own for. */
  abstract readonly fused: FusedKernels
  /** Memory for at least `bytes` bytes, not initialized. Throws RangeError with the sizes when there is none. */
  abstract allocate(bytes: number): DeviceBuffer
  abstract free(buffer: DeviceBuffer): void
  abstract upload(buffer: DeviceBuffer, data: TypedArray): void
  /** A copy of the first `size` elements. */
  abstract download(buffer: DeviceBuffer, dtype: DType, size: number): Promise<TypedArray>
  /** Hears that a buffer in use is about to be written to (`into`): what was made from its contents is out of date. */
  overwrites(_buffer: DeviceBuffer): void {
    // Most backends make nothing from buffers that they keep.
  }
  /** Frees everything. Tensors that live here cannot be used afterwards. */
  abstract close(): Promise<void>

  /** What is allocated through tensors; kept by storage, read with `memory()`. */
  readonly ledger: Ledger = new Ledger()
  /** Why it is this one, if `openBackend()` was not told which. */
  choice: Choice | undefined
  /** Set while `profile()` is open. */
  profiler: Profiler | undefined

  /** Tensors alive, their bytes, and the most bytes alive at once since `resetPeak`. */
  memory(): Memory {
    return this.ledger.read()
  }

  /** What `profile` measures with: a backend that computes after its kernels return has another. */
  protected clock(): Clock {
    return clockOfKernels
  }

  /**
   * Measures every kernel until disposed: `using profile = backend.profile()`.
   *
   * @throws Error if a profile is open already
   */
  profile(): Profiler {
    if (this.profiler) throw new Error(`profile: one is open on '${this.name}' already; dispose it first`)
    this.profiler = new Profiler(this.clock(), () => {
      this.profiler = undefined
    })
    return this.profiler
  }
}
