import { grad } from '@tlc/autograd'
import { type Layer, Linear, Module, namedModules, replaceModules, type UnitGroup, unitGroups } from '@tlc/nn'
import { mul, ones, reshape, scope, type Tensor } from '@tlc/tensor'

/** How the importance of units is found. */
export interface ImportanceOptions<Batch> {
  /** 'head' by default */
  readonly kind?: 'head' | 'neuron'
  /** some hundreds of examples are enough to rank heads */
  readonly batches: Iterable<Batch> | AsyncIterable<Batch>
  /** the mean over the examples of a batch, a scalar */
  readonly loss: (batch: Batch) => Tensor
  /** how many examples a batch has: the first dimension of what flows through the layers */
  readonly examples: (batch: Batch) => number
  /** whether the importance of each group is divided by its Euclidean length, so that groups compare; true by default */
  readonly normalize?: boolean
}

/** What reads the units of a group: the layer of whose weight they are columns. */
interface Reader {
  readonly group: UnitGroup
  readonly layer: Linear
  readonly unitSize: number
}

/**
 * I_u = mean over examples x of |∂L(x)/∂ξ_u| at ξ_u = 1, where the gate ξ_u multiplies what unit u puts out: for heads
 * |ctx_uᵀ ∂L/∂ctx_u|. Then I_u / √(Σ I²) over the units of each group. The model is not changed.
 *
 * @returns by the names of groups, one number a unit: `pruneUnits(model, { criterion: ({ name }) => importance.get(name)! })`
 * @throws Error if the model has no such units, if there are no examples, or if no unit matters to the loss
 * @see Michel, Levy & Neubig 2019, Are sixteen heads really better than one?, eq. 2 and section 4.1 for the normalization
 */
export async function unitImportance<Batch>(
  model: Module,
  options: ImportanceOptions<Batch>,
): Promise<Map<string, Float64Array>> {
  const { kind = 'head', batches, loss, examples, normalize = true } = options
  const readers = readersOf(model, kind)
  const sums = readers.map(({ group }) => new Float64Array(group.count))
  let total = 0
  for await (const batch of batches) {
    using _inner = scope()
    const size = examples(batch)
    const gates = readers.map(({ group, layer }) => ones([size, group.count], { backend: layer.weight.stored.backend }))
    const gradients = grad(() => withGates(model, readers, gates, () => loss(batch)), gates)
    for (const [index, gradient] of gradients.entries()) {
      // The loss is a mean, so that the derivative of one example's own loss is so many times as large.
      const values = await gradient.data()
      for (const [at, value] of values.entries()) sums[index]![at % sums[index]!.length]! += Math.abs(value) * size
    }
    total += size
  }
  if (total === 0) throw new Error('unitImportance: there are no examples in the batches; give one at least')
  if (sums.every((each) => each.every((sum) => sum === 0)))
    throw new Error('unitImportance: no unit changes the loss; let it run the model, and without `recompute`')
  return new Map(
    readers.map(({ group }, index) => {
      const mean = sums[index]!.map((sum) => sum / total)
      const length = normalize ? Math.sqrt(mean.reduce((sum, each) => sum + each * each, 0)) : 1
      return [group.name, mean.map((each) => each / (length || 1))]
    }),
  )
}

function readersOf(model: Module, kind: 'head' | 'neuron'): Reader[] {
  const linears = [...namedModules(model)].map(([, module]) => module).filter((module) => module instanceof Linear)
  const readers = unitGroups(model, kind).map((group) => {
    const columns = group.slices.find(({ axis }) => axis === 1)
    const layer = linears.find(({ weight }) => weight === columns?.parameter)
    if (!(columns && layer))
      throw new Error(`unitImportance: no Linear of the model reads the units of '${group.name}'`)
    return { group, layer, unitSize: columns.unitSize }
  })
  if (readers.length === 0) throw new Error(`unitImportance: the model declares no ${kind}s`)
  return readers
}

/** Runs something while a layer in front of each reader multiplies units by gates. */
function withGates<Result>(
  model: Module,
  readers: readonly Reader[],
  gates: readonly Tensor[],
  run: () => Result,
): Result {
  const gated = new Map(readers.map(({ layer, unitSize }, index) => [layer, new Gated(layer, gates[index]!, unitSize)]))
  replaceModules(model, Linear, (layer) => gated.get(layer) ?? layer)
  try {
    return run()
  } finally {
    replaceModules(model, Gated, ({ layer }) => layer)
  }
}

/** layer(x · gates), each gate for the features of one unit of one example. */
class Gated extends Module implements Layer {
  readonly layer: Linear
  readonly #gates: Tensor
  readonly #unitSize: number

  /** @param gates `[batch, units]` */
  constructor(layer: Linear, gates: Tensor, unitSize: number) {
    super()
    this.layer = layer
    this.#gates = gates
    this.#unitSize = unitSize
  }

  /** @param x `[batch, ..., units · unitSize]` */
  forward(x: Tensor): Tensor {
    const [batch, units] = this.#gates.shape as readonly [number, number]
    const byUnit = reshape(x, [batch, -1, units, this.#unitSize])
    const gated = mul(byUnit, reshape(this.#gates, [batch, 1, units, 1]))
    return this.layer.forward(reshape(gated, x.shape))
  }
}
