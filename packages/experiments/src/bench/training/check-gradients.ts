import { valueAndGrad } from '@tlc/autograd'
import { disposeModule, namedParameters } from '@tlc/nn'
import { foldIn, openBackend, scope, tensor, withBackend, zeros } from '@tlc/tensor'
import { RobertaForMaskedLM } from '@tlc/transformer'
import type { Check } from '../case.ts'
import { type BenchmarkedModel, configOf } from '../models.ts'
import { maskedText, root, seeds } from './masked-text.ts'

/** Tokens on which the gradients are compared: what float64 in plain TypeScript does in seconds. */
const comparedTexts = 2
const comparedLength = 8

/**
 * How far loss and gradients of a few tokens are from float64: the larger of |loss - loss₆₄| / loss₆₄ and
 * ‖g - g₆₄‖ / ‖g₆₄‖ over all gradients together.
 */
export async function checkGradients(model: BenchmarkedModel, network: RobertaForMaskedLM): Promise<Check> {
  const truth = await openBackend('reference', { precision: 'float64' })
  const copy = withBackend(
    truth,
    () => new RobertaForMaskedLM({ config: configOf(model), key: root, initialize: (_, shape) => zeros(shape) }),
  )
  const copies = namedParameters(copy)
  for (const [name, { stored }] of namedParameters(network)) {
    using value = tensor(await stored.data(), { shape: stored.shape, backend: truth })
    copies.get(name)!.stored.assign(value)
  }
  const [actual, expected] = [await lossAndGradients(model, network), await lossAndGradients(model, copy)]
  disposeModule(copy)
  await truth.close()
  const sums = { difference: 0, length: 0 }
  expected.forEach((values, place) => {
    if (place === 0) return
    values.forEach((value, index) => {
      sums.difference += (actual[place]![index]! - value) ** 2
      sums.length += value ** 2
    })
  })
  const lossError = Math.abs(actual[0]![0]! - expected[0]![0]!) / expected[0]![0]!
  // Thousands of roundings of 2⁻²⁴, of both signs, on the way through the layers and back.
  return { error: Math.max(lossError, Math.sqrt(sums.difference / sums.length)), tolerance: 2 ** -16 }
}

/** The loss, then the gradient of each parameter. */
async function lossAndGradients(
  model: BenchmarkedModel,
  network: RobertaForMaskedLM,
): Promise<readonly Float32Array[]> {
  const weights = [...namedParameters(network).values()].map(({ stored }) => stored)
  const made = withBackend(weights[0]!.backend, () => {
    using inner = scope()
    const batch = maskedText(model, comparedTexts, comparedLength)
    const { value, gradients } = valueAndGrad(() => network.loss(batch, { key: foldIn(root, seeds.dropout) }), weights)
    return inner.keep([value, ...gradients])
  })
  const values = await Promise.all(made.map((each) => each.data()))
  for (const each of made) each.dispose()
  return values as Float32Array[]
}
