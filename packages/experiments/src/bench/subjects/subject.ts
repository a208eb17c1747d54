import type { KernelProfile, Peak } from '@tlc/tensor'
import type { Case, Check, Runnable } from '../case.ts'
import type { BenchmarkedModel } from '../models.ts'

/** Who is asked: plain data, so that a process can be told. */
export interface SubjectSpec {
  /** a row of the table of subjects */
  readonly kind: SubjectKind
  readonly threads: number
  /** the executable that runs it, as a path; that of this process by default */
  readonly node?: string
  /** of wasm: the build without relaxed SIMD */
  readonly strict?: boolean
  /** of wasm: vectors of 256 bits where the runtime can, and no measurement where it cannot */
  readonly wide?: boolean
  /** of wasm: the tile of its products, measured where none is given */
  readonly tile?: string
  /** of those on WebGPU: what it runs on; others do not know WebGPU */
  readonly driver?: Driver
}

export type SubjectKind = 'wasm' | 'reference' | 'webgpu' | 'jax-js' | 'tfjs' | 'onnxruntime-web' | 'onnxruntime-node'

/** Where Vulkan comes from: what the machine has, or a driver for processors that npm brings. */
export type Driver = 'system' | 'swiftshader'

/** What figures of a subject depend on. */
export interface Description {
  /** of the library */
  readonly version: string
  /** of the runtime */
  readonly node: string
  readonly v8: string
  readonly threads: number
  /** which of its kernels, where it has several */
  readonly build: string | null
  /** of wasm: whether its vectors have 256 bits */
  readonly wide?: boolean
  /** of wasm: rows x columns of its products' innermost loop */
  readonly tile?: string
  /** of those on WebGPU */
  readonly adapter?: Adapter
}

/** What WebGPU computes on. */
export interface Adapter {
  /** vendor, architecture and device, in its own words */
  readonly name: string
  /** with its version */
  readonly driver: string
  readonly features: readonly string[]
}

/** What was asked of a device. */
export interface DeviceWork {
  readonly submits: number
  readonly dispatches: number
}

/** Why a subject does not do something. */
export interface Absent {
  readonly absent: string
}

/** Training of a model, from given weights on a given batch. */
export interface TrainingRun extends Disposable {
  /** of loss and gradients against float64, where the subject lets them be seen */
  readonly check?: Check
  /** Forward, backward, clipping, AdamW; returns the loss before it. */
  step(): Promise<number>
  /** What else there is to know, after the steps were timed. */
  facts?(): Promise<OwnFacts>
}

/** What only this project tells of its steps. */
export interface OwnFacts {
  /** of one step while kernels were being timed, in milliseconds */
  readonly profiledMilliseconds: number
  /** of one step, the slowest kernel first */
  readonly kernels: readonly KernelProfile[]
  /** what the device was seen to do, in the same process */
  readonly peak: Peak
  /** the most bytes of tensors alive at once */
  readonly peakBytes: number
}

/** A library that can be asked for cases, in a process of its own. */
export interface Subject {
  readonly description: Description
  prepare(each: Case): Promise<Runnable | Absent>
  train(model: BenchmarkedModel): Promise<TrainingRun | Absent>
  close(): Promise<void>
}
