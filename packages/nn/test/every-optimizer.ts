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
  type Parameter,
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
