import type { Batch, Copy, Dispatch } from './batch.ts'
import type { DeviceClock, Span } from './clock.ts'

/** Bytes of the parameters of one dispatch, at most. */
export const parameterBytes = 256

/**
 * Encodes a batch, whose programs are compiled and whose buffers exist or are known not to: in one compute pass, which
 * copies interrupt, or in one for each call that is timed. What reads a tensor that is lost is left out, and what it
 * would have written is lost as well.
 *
 * @param slot bytes from the parameters of one dispatch to those of the next
 */
export function encode(encoder: GPUCommandEncoder, batch: Batch, slot: number, clock: DeviceClock | undefined): void {
  const passes = new Passes(encoder, clock)
  const { dispatches, copies } = batch
  let next = 0
  for (let i = 0; i < dispatches.length; i++) {
    for (; copies[next]?.after === i; next++) copy(encoder, passes, copies[next]!)
    dispatch(passes, dispatches[i]!, i * slot)
  }
  for (; next < copies.length; next++) copy(encoder, passes, copies[next]!)
  passes.end()
}

function dispatch(passes: Passes, { program, blocks, x, y, z, span }: Dispatch, offset: number): void {
  for (const { problem } of blocks) {
    if (!problem) continue
    for (const binding of program.written) blocks[binding]!.lose(problem)
    return
  }
  const pass = passes.open(span)
  passes.use(program.pipeline!)
  const group = program.groups.of(blocks)
  if (program.parameters) pass.setBindGroup(0, group, [offset])
  else pass.setBindGroup(0, group)
  // Each argument costs a conversion.
  if (y === 1 && z === 1) pass.dispatchWorkgroups(x)
  else pass.dispatchWorkgroups(x, y, z)
}

function copy(encoder: GPUCommandEncoder, passes: Passes, { from, to, bytes }: Copy): void {
  if (from.problem || to.problem) return
  passes.end()
  encoder.copyBufferToBuffer(from.memory.buffer, 0, to.buffer, 0, bytes)
}

/** The pass that is open, if one is, with what was set in it last. */
class Passes {
  readonly #encoder: GPUCommandEncoder
  readonly #clock: DeviceClock | undefined
  #pass: GPUComputePassEncoder | undefined
  #span: Span | undefined
  #pipeline: GPUComputePipeline | undefined

  constructor(encoder: GPUCommandEncoder, clock: DeviceClock | undefined) {
    this.#encoder = encoder
    this.#clock = clock
  }

  open(span: Span | undefined): GPUComputePassEncoder {
    if (this.#pass && span === this.#span) return this.#pass
    this.end()
    this.#span = span
    this.#pass = this.#encoder.beginComputePass(span && { timestampWrites: this.#clock!.writesOf(span) })
    return this.#pass
  }

  use(pipeline: GPUComputePipeline): void {
    if (pipeline === this.#pipeline) return
    this.#pass!.setPipeline(pipeline)
    this.#pipeline = pipeline
  }

  end(): void {
    this.#pass?.end()
    this.#pass = undefined
    this.#pipeline = undefined
  }
}
