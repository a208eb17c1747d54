import { namedParameters } from '@tlc/nn'
import { add, ShapeError, scope, tensor } from '@tlc/tensor'
import { firstPosition } from './config.ts'
import type { RobertaModel } from './model.ts'

/** The score that a head gives to the neighbour it looks at, over that of distant tokens, before training. */
const peak = 10

/** Which neighbour a head looks at: -1, 1, -2, 2 … */
function offsetOf(head: number): number {
  const distance = Math.floor(head / 2) + 1
  return head % 2 === 0 ? -distance : distance
}

/**
 * Lets every head begin by looking at one neighbour: head 0 of each layer at the token before, head 1 at the one after,
 * the next two at the second ones, and so on. Training is free to change that.
 *
 * Masked language models of random weights stay for long at the loss that the words around give without their order: no
 * head finds the neighbours before something can be made of them, and nothing can be made of them before a head finds
 * them. Here positions begin as sinusoids, p_t = a (cos ω₁t, sin ω₁t, cos ω₂t, …), ωᵢ = π (i - ½) / n, in the first
 * 2n = headSize features, and to the random weights of queries and keys a part is added by which
 * q_t · k_s / √headSize = peak / n · Σᵢ cos ωᵢ (t + offset - s): a peak where s = t + offset.
 *
 * @throws ShapeError for heads of an odd number of features, which have no pairs of cos and sin, or for a model that was cut
 * @see Vaswani et al. 2017, section 3.5, for the sinusoids; Trockman & Kolter 2023 for beginning with attention that is
 *   known to be found at the end
 */
export function lookAtNeighbours(model: RobertaModel): void {
  using _weights = scope()
  const { config } = model
  const { hiddenSize, heads, initializerRange } = config
  const headSize = hiddenSize / heads
  if (config.prunedHeads || config.originalHiddenSize)
    throw new ShapeError('lookAtNeighbours: heads or features were removed; do it when the model is new')
  if (headSize % 2 !== 0)
    throw new ShapeError(`lookAtNeighbours: heads have ${headSize} features, expected an even number`)
  const amplitude = 2 * initializerRange
  // What is left of it after the layer normalization of words (deviation σ) and positions (a² / 2 in some features).
  const normalized = amplitude / Math.sqrt(initializerRange ** 2 + (amplitude ** 2 / 2) * (headSize / hiddenSize))
  const gain = Math.sqrt((peak * Math.sqrt(headSize)) / ((headSize / 2) * normalized ** 2))

  const parameters = namedParameters(model)
  const { stored: positions } = parameters.get('embeddings.position_embeddings.weight')!
  const rows = positions.shape[0]!
  const waves = new Float32Array(rows * hiddenSize) // [positions, hiddenSize]
  for (let row = firstPosition(config); row < rows; row++) {
    for (let feature = 0; feature < headSize; feature += 2) {
      const angle = frequency(feature, headSize) * row
      waves[row * hiddenSize + feature] = amplitude * Math.cos(angle)
      waves[row * hiddenSize + feature + 1] = amplitude * Math.sin(angle)
    }
  }
  positions.assign(add(positions, tensor(waves, { shape: [rows, hiddenSize], backend: positions.backend })))

  const parts = { query: turns(config, gain, () => 0), key: turns(config, gain, offsetOf) }
  for (const [name, { stored }] of parameters) {
    const kind = /attention\.self\.(query|key)\.weight$/.exec(name)?.[1] as keyof typeof parts | undefined
    if (!kind) continue
    const part = tensor(parts[kind], { shape: [hiddenSize, hiddenSize], backend: stored.backend })
    stored.assign(add(stored, part))
  }
}

/** ω of the pair of features that begins with this one. */
function frequency(feature: number, headSize: number): number {
  return (Math.PI * (feature + 1)) / headSize
}

/** What turns the wave of a position by some steps, and hands it to each head. `[hiddenSize, hiddenSize]` */
function turns(
  { hiddenSize, heads }: RobertaModel['config'],
  gain: number,
  stepsOf: (head: number) => number,
): Float32Array {
  const headSize = hiddenSize / heads
  const weight = new Float32Array(hiddenSize * hiddenSize)
  for (let head = 0; head < heads; head++) {
    for (let feature = 0; feature < headSize; feature += 2) {
      const angle = frequency(feature, headSize) * stepsOf(head)
      const [cos, sin] = [gain * Math.cos(angle), gain * Math.sin(angle)]
      const row = (head * headSize + feature) * hiddenSize + feature
      weight.set([cos, sin], row)
      weight.set([-sin, cos], row + hiddenSize)
    }
  }
  return weight
}
