import {
  type CompareOptions,
  currentValues,
  disposeModule,
  fasterLayer,
  Linear,
  type Module,
  namedModules,
  namedParameters,
  Parameter,
  replaceModules,
} from '@tlc/nn'
import { key, normal, type Tensor, tensor, withBackend } from '@tlc/tensor'
import { removeMask } from '../mask.ts'
import type { Block } from './block-rows.ts'
import { SparseLinear, type ToSparseOptions } from './sparse-linear.ts'

/** How to find out which layers become faster. */
export interface DeploySparseOptions extends ToSparseOptions, CompareOptions {
  /** rows of x that a layer gets at once: batch x length, or 1 where a model generates */
  readonly rows: number
  /** which layers may be replaced; all by default */
  readonly where?: (path: string, linear: Linear) => boolean
}

/** What became of a layer. */
export interface DeployedLayer {
  /** the first place of the layer in the model */
  readonly path: string
  readonly outputSize: number
  readonly inputSize: number
  /** share of zeros in the weight */
  readonly sparsity: number
  /** of the sparse layer */
  readonly block: Block
  /** of a forward pass on this device */
  readonly denseSeconds: number
  readonly sparseSeconds: number
  readonly speedup: number
  readonly chosen: 'dense' | 'sparse'
}

/**
 * Puts a sparse layer in the place of each linear layer that it is faster than, here and for so many rows; all others stay.
 * Dense and sparse layers are timed by turns, without masks, which cost time of their own. Parameters that the model
 * then has no more are freed, and their masks: it runs, and is not trained any further.
 *
 * @returns a row for each layer that was asked about, in the order of the model
 */
export async function deploySparse(model: Module, options: DeploySparseOptions): Promise<DeployedLayer[]> {
  const rows: DeployedLayer[] = []
  const replacements = new Map<Linear, SparseLinear>()
  for (const [path, linear] of linearLayers(model)) {
    if (options.where && !options.where(path, linear)) continue
    const { row, sparse } = await tryLayer(path, linear, options)
    rows.push(row)
    if (sparse) replacements.set(linear, sparse)
  }
  replaceModules(model, Linear, (linear) => replacements.get(linear) ?? linear)
  const inUse = new Set(namedParameters(model).values())
  for (const { weight, bias } of replacements.keys()) {
    for (const parameter of [weight, bias]) {
      if (!parameter || inUse.has(parameter)) continue
      removeMask(parameter)
      parameter.stored.dispose()
    }
  }
  return rows
}

/** Each linear layer once, by its first path. */
function linearLayers(model: Module): Map<string, Linear> {
  const layers = new Map<string, Linear>()
  const seen = new Set<Module>()
  for (const [path, module] of namedModules(model)) {
    if (!(module instanceof Linear) || seen.has(module)) continue
    seen.add(module)
    layers.set(path, module)
  }
  return layers
}

interface Tried {
  readonly row: DeployedLayer
  /** if it is faster */
  readonly sparse: SparseLinear | undefined
}

async function tryLayer(path: string, linear: Linear, options: DeploySparseOptions): Promise<Tried> {
  const { shape, backend } = linear.weight.stored
  const [outputSize, inputSize] = shape as [number, number]
  const values = await currentValues(linear.weight)
  const plain = new Linear({ weight: new Parameter(tensor(values, { shape, backend })), bias: linear.bias })
  const sparse = await SparseLinear.from(linear, options)
  using input = inputOf(options.rows, inputSize, plain)
  const { layer, denseSeconds, compressedSeconds, speedup } = await fasterLayer(plain, sparse, input, options)
  plain.weight.stored.dispose()
  const chosen = layer === sparse ? 'sparse' : 'dense'
  if (chosen === 'dense') disposeModule(sparse)
  const zeros = values.reduce((count, value) => count + Number(value === 0), 0)
  const row: DeployedLayer = {
    path,
    outputSize,
    inputSize,
    sparsity: values.length === 0 ? 0 : zeros / values.length,
    block: sparse.block,
    denseSeconds,
    sparseSeconds: compressedSeconds,
    speedup,
    chosen,
  }
  return { row, sparse: chosen === 'sparse' ? sparse : undefined }
}

/** Normally distributed: times do not depend on values, but for infinite and the smallest ones. */
function inputOf(rows: number, inputSize: number, { weight }: Linear): Tensor {
  return withBackend(weight.stored.backend, () => normal(key(1), [rows, inputSize]))
}
