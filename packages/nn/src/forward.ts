import { foldIn, type Key, type Tensor } from '@tlc/tensor'
import type { Module } from './module.ts'

/**
 * How a module is run. A key means training: dropout is active and draws from the key. No key means evaluation: the
 * result depends on nothing but weights and input.
 */
export interface ForwardOptions {
  readonly key?: Key | undefined
}

/** A module from one tensor to one tensor. */
export interface Layer extends Module {
  forward(x: Tensor, options?: ForwardOptions): Tensor
}

/**
 * The options of a part: its own key, folded from that of the whole by the part's number, or none. A module that draws
 * from several parts numbers them, so that no two share a stream.
 */
export function branch({ key }: ForwardOptions, part: number): ForwardOptions {
  return { key: key && foldIn(key, part) }
}
