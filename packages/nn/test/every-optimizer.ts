import { type Backend, key, normal, openBackend, type Shape, scope, type Tensor, useBackend } from '@tlc/tensor'
import { expect } from 'vitest'
import {
  Adafactor,
  Adam,
  Adamax,
  AdamW,
  AMSGrad,
  LAMB,
  Muon,
  NAdam,
  type Optimizer,
  type OptimizerOptions,
  Parameter,
  RMSprop,
  Rprop,
  SGD,
} from '../src/index.ts'

export type MakeOptimizer = (parameters: ReadonlyMap<string, Parameter>, options?: OptimizerOptions) => Optimizer

/** Each optimizer, with all that it can remember, by its name. */
export const everyOptimizer: Readonly<Record<string, MakeOptimizer>> = {
  SGD: (parameters, options) => new SGD(parameters, { momentum: 0.9, nesterov: true, weightDecay: 0.01, ...options }),
  Adam: (parameters, options) => new Adam(parameters, { weightDecay: 0.01, ...options }),
  AdamW: (parameters, options) => new AdamW(parameters, options),
  AMSGrad: (parameters, options) => new AMSGrad(parameters, { weightDecay: 0.01, ...options }),
  Adamax: (parameters, options) => new Adamax(parameters, { weightDecay: 0.01, ...options }),
  NAdam: (parameters, options) => new NAdam(parameters, { weightDecay: 0.01, ...options }),
  RMSprop: (parameters, options) =>
    new RMSprop(parameters, { momentum: 0.9, centered: true, weightDecay: 0.01, ...options }),
  Rprop: (parameters, options) => new Rprop(parameters, { weightDecay: 0.01, ...options }),
  LAMB: (parameters, options) => new LAMB(parameters, options),
  Adafactor: (parameters, options) => new Adafactor(parameters, { weightDecay: 0.01, ...options }),
  Muon: (parameters, options) => new Muon(parameters, options),
}

/** Fails unless an optimizer has, on a backend, the values that it has on the reference, after each of five steps. */
export async function expectLikeReference(make: MakeOptimizer, backend: Backend): Promise<void> {
  const reference = await openBackend('reference')
  const run = async (on: Backend): Promise<number[]> => {
    using _run = scope()
    useBackend(on)
    const draw = (seed: number, shape: Shape): Tensor => normal(key(seed), shape)
    const parameters = new Map([
      ['matrix', new Parameter(draw(1, [6, 5]))],
      ['vector', new Parameter(draw(2, [7]))],
    ])
    using optimizer = make(parameters)
    const values: number[] = []
    for (let step = 0; step < 5; step++) {
      optimizer.step([draw(10 + step, [6, 5]), draw(20 + step, [7])], { learningRate: 0.01 })
      for (const { stored } of parameters.values()) values.push(...(await stored.data()))
    }
    return values
  }
  const expected = await run(reference)
  const actual = await run(backend)
  await reference.close()
  // A few dozen roundings of numbers up to 3; Muon's polynomials enlarge those of the smallest singular values.
  for (const [index, x] of expected.entries()) expect(Math.abs(x - actual[index]!)).toBeLessThan(1e-5)
}
