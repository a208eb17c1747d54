import { Linear, type Module, namedModules, type Parameter } from '@tlc/nn'
import type { InputStatistics } from '@tlc/nn/calibration'
import { type Shape, scope, tensor } from '@tlc/tensor'
import { type Mask, maskOf, setMask } from '../mask.ts'
import { type Sparsity, sparsityOf } from '../sparsity.ts'

/** What a method that changes the weights it keeps is told. */
export interface UpdateContext {
  readonly name: string
  /** `[out, in]` */
  readonly shape: Shape
  /** of the layer's inputs, with their gram */
  readonly input: InputStatistics
  /** 1 where the entry is kept, 0 where it was pruned before, and stays so */
  readonly kept: Mask
}

/** A pruned weight, its survivors changed to make up for what is gone. */
export interface PrunedWeight {
  /** 0 where the mask is */
  readonly weight: Float32Array
  readonly mask: Mask
}

/** Prunes a weight and changes what it keeps: `sparseGpt(…)`, `exactObs(…)`. */
export type UpdatingPruner = (weight: Float32Array, context: UpdateContext) => PrunedWeight

/**
 * Prunes the linear layers of a model that there are statistics of, one by one, and writes what has become of their
 * weights:
 * ```ts
 * const statistics = await collectInputs(model, run, { batches, gram: true })
 * await pruneWithUpdate(model, statistics, sparseGpt({ sparsity: 0.5 }))
 * ```
 * All is computed on the CPU in float64: the same statistics give the same bits on every backend.
 *
 * @param statistics by the path of the layer; what has none is left as it is
 * @returns the zeros that there are now in the pruned layers, by parameter
 * @throws RangeError if a path is not a linear layer's, or a weight cannot be pruned so; then nothing is changed
 */
export async function pruneWithUpdate(
  model: Module,
  statistics: ReadonlyMap<string, InputStatistics>,
  prune: UpdatingPruner,
): Promise<Sparsity> {
  const modules = new Map(namedModules(model))
  const pruned = new Map<Parameter, PrunedWeight>()
  const parameters = new Map<string, Parameter>()
  for (const [path, input] of statistics) {
    const layer = modules.get(path)
    if (!(layer instanceof Linear)) throw new RangeError(`pruneWithUpdate: the model has no Linear at '${path}'`)
    const name = path ? `${path}.weight` : 'weight'
    const { weight: parameter } = layer
    if (pruned.has(parameter)) continue
    parameters.set(name, parameter)
    pruned.set(parameter, await prunedWeight(name, parameter, input, prune))
  }
  for (const [parameter, { weight, mask }] of pruned) {
    using _inner = scope()
    const { shape, backend } = parameter.stored
    parameter.stored.assign(tensor(weight, { shape, backend }))
    setMask(parameter, mask)
  }
  return sparsityOf(parameters)
}

async function prunedWeight(
  name: string,
  parameter: Parameter,
  input: InputStatistics,
  prune: UpdatingPruner,
): Promise<PrunedWeight> {
  const { shape, size, dtype } = parameter.stored
  if (dtype !== 'f32') throw new TypeError(`pruneWithUpdate: '${name}' is ${dtype}, expected f32`)
  const stored = (await parameter.stored.data()) as Float32Array
  const kept = maskOf(parameter) ?? new Uint8Array(size).fill(1)
  // What is under a mask may be anything; the layer computes with 0.
  const weight = stored.map((each, index) => (kept[index] === 1 ? each : 0))
  const wrong = weight.findIndex((each) => !Number.isFinite(each))
  if (wrong >= 0) throw new RangeError(`pruneWithUpdate: entry ${wrong} of '${name}' is ${weight[wrong]}`)
  return prune(weight, { name, shape, input, kept })
}
