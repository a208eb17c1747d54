import {
  type CompareOptions,
  compareLayers,
  disposeModule,
  type LayerTimes,
  Linear,
  type Module,
  namedModules,
  replaceModules,
} from '@tlc/nn'
import { observeInputs } from '@tlc/nn/calibration'
import { SparseLinear } from '@tlc/prune'
import { type Artefact, type Encoded, QuantizedLinear, WeightOnlyLinear } from '@tlc/quant'
import { key, normal, type Shape } from '@tlc/tensor'

/** A layer that computes with compressed weights as they are. */
export type CompressedKind = 'int8' | 'weightOnly' | 'sparse'

type CompressedLayer = QuantizedLinear | WeightOnlyLinear | SparseLinear

/** What became of a linear layer. */
export interface DeployedLayer {
  /** where it is in the model */
  readonly path: string
  /** of its input, in the sample */
  readonly input: Shape
  /** share of its weights that are 0 */
  readonly sparsity: number
  /** what computes now; 'dense' where that is the fastest, or there is nothing else */
  readonly chosen: CompressedKind | 'dense'
  /** each way that there is, against dense */
  readonly times: { readonly [K in CompressedKind]?: LayerTimes }
}

export interface DeployOptions extends CompareOptions {
  /** runs the model on what it is usually given: sizes of inputs decide what is fast */
  readonly sample: () => unknown
}

/** Below this share of zeros no sparse kernel is tried. */
const leastSparsity = 0.3

/**
 * Puts layers that compute with the weights of an artefact as they are (int8, 4 or 8 bits, sparse) in the place of dense
 * ones, each where it is faster on this device, by measuring both with inputs of the sizes that the model has there. What is
 * not faster stays dense, with the decoded weights.
 *
 * An int8 layer rounds its inputs too, so outputs change: judge the model again.
 *
 * @param model with the weights of the artefact loaded
 * @returns a row for each linear layer
 */
export async function deploy(model: Module, artefact: Artefact, options: DeployOptions): Promise<DeployedLayer[]> {
  const shapes = inputShapes(model, options.sample)
  const linears = new Map([...namedModules(model)].filter(([, module]) => module instanceof Linear)) as Map<
    string,
    Linear
  >
  const chosen = new Map<Linear, CompressedLayer>()
  const rows: DeployedLayer[] = []
  for (const [path, linear] of linears) {
    const input = shapes.get(path)
    const encoded = artefact.tensors.get(path ? `${path}.weight` : 'weight')
    if (!input || !encoded) continue
    const { layer, row } = await fastest(linear, encoded, path, input, options)
    if (layer) chosen.set(linear, layer)
    rows.push(row)
  }
  replaceModules(model, Linear, (linear) => chosen.get(linear) ?? linear)
  return rows
}

async function fastest(
  linear: Linear,
  encoded: Encoded,
  path: string,
  input: Shape,
  options: CompareOptions,
): Promise<{ readonly layer: CompressedLayer | undefined; readonly row: DeployedLayer }> {
  using x = normal(key(0), input)
  const sparsity = await zeroShare(linear)
  const times: { [K in CompressedKind]?: LayerTimes } = {}
  let best: { readonly kind: CompressedKind; readonly layer: CompressedLayer; readonly speedup: number } | undefined
  for (const [kind, make] of Object.entries(makers) as [CompressedKind, Maker][]) {
    const layer = await make(linear, encoded, sparsity)
    if (!layer) continue
    const found = await compareLayers(linear, layer, x, options)
    times[kind] = found
    if (found.speedup > (best?.speedup ?? 1)) {
      if (best) disposeModule(best.layer)
      best = { kind, layer, speedup: found.speedup }
    } else disposeModule(layer)
  }
  return { layer: best?.layer, row: { path, input, sparsity, chosen: best?.kind ?? 'dense', times } }
}

/** A layer in place of a dense one, or undefined if it cannot be one. */
type Maker = (
  linear: Linear,
  encoded: Encoded,
  sparsity: number,
) => CompressedLayer | undefined | Promise<CompressedLayer>

const makers: { readonly [K in CompressedKind]: Maker } = {
  int8: ({ bias }, encoded) =>
    encoded.scheme === 'affine' && encoded.bits === 8 && encoded.grid === 'symmetric' && encoded.granularity === 'row'
      ? new QuantizedLinear(encoded, bias?.stored.alias())
      : undefined,
  weightOnly: ({ bias }, encoded) =>
    encoded.scheme === 'affine' ? new WeightOnlyLinear(encoded, bias?.stored.alias()) : undefined,
  sparse: (linear, _, sparsity) => (sparsity >= leastSparsity ? SparseLinear.from(linear) : undefined),
}

/** The shape of what each linear layer is given. */
function inputShapes(model: Module, run: () => unknown): Map<string, Shape> {
  const shapes = new Map<string, Shape>()
  using _observed = observeInputs(model, Linear, (path, _, input) => shapes.set(path, input.shape))
  run()
  return shapes
}

async function zeroShare({ weight }: Linear): Promise<number> {
  const values = await weight.stored.data()
  let zeros = 0
  for (const each of values) if (each === 0) zeros++
  return zeros / values.length
}
