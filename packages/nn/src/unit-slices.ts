import { gather, scope, tensor } from '@tlc/tensor'
import { Embedding } from './layers/embedding.ts'
import { LayerNorm } from './layers/layer-norm.ts'
import { Linear } from './layers/linear.ts'
import type { Module } from './module.ts'
import type { Parameter } from './parameter.ts'
import type { UnitSlice } from './units.ts'

/**
 * What makes units: rows of the weight `[out, in]` and entries of the bias.
 *
 * @param unitSize rows of one unit, 1 by default
 * @throws TypeError if the layer is no Linear
 */
export function rowsOf(layer: Module, unitSize = 1): UnitSlice[] {
  if (!(layer instanceof Linear)) throw wrongLayer(layer, 'Linear')
  return [layer.weight, layer.bias].filter(isParameter).map((parameter) => ({ parameter, axis: 0, unitSize }))
}

/**
 * What reads units: columns of the weight `[out, in]`; of a table, its columns `[count, size]`.
 *
 * @param unitSize columns of one unit, 1 by default
 * @throws TypeError if the layer is neither Linear nor Embedding
 */
export function columnsOf(layer: Module, unitSize = 1): UnitSlice[] {
  if (!(layer instanceof Linear || layer instanceof Embedding)) throw wrongLayer(layer, 'Linear or Embedding')
  return [{ parameter: layer.weight, axis: 1, unitSize }]
}

/**
 * The features of a normalization. When some are cut it goes on dividing by as many as there were.
 *
 * @throws TypeError if the layer is no LayerNorm
 */
export function featuresOf(layer: Module): UnitSlice[] {
  if (!(layer instanceof LayerNorm)) throw wrongLayer(layer, 'LayerNorm')
  return [layer.weight, layer.bias].map((parameter) => ({ parameter, axis: 0, unitSize: 1 }))
}

/** How many units a slice has. */
export function unitCount({ parameter, axis, unitSize }: UnitSlice): number {
  return parameter.stored.shape[axis]! / unitSize
}

/** The places of units along the slice's axis, in order. */
export function placesOf({ unitSize }: Pick<UnitSlice, 'unitSize'>, units: readonly number[]): number[] {
  return units.flatMap((unit) => Array.from({ length: unitSize }, (_, place) => unit * unitSize + place))
}

/** Leaves of a slice's parameter the given units alone. */
export function cutSlice(slice: UnitSlice, units: readonly number[]): void {
  const { parameter, axis } = slice
  using inner = scope()
  const { backend } = parameter.stored
  const places = tensor(placesOf(slice, units), { dtype: 'i32', backend })
  parameter.replace(inner.keep(gather(parameter.stored, places, { axis })))
}

function isParameter(field: Parameter | undefined): field is Parameter {
  return field !== undefined
}

function wrongLayer(layer: Module, expected: string): TypeError {
  return new TypeError(
    `units: a ${layer.constructor.name} cannot be cut, expected a ${expected}; prune and shrink a model before its layers are replaced`,
  )
}
