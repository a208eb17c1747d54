import { AdamW, type Module, namedParameters, vectorsWithoutDecay } from '@tlc/nn'

/** RoBERTa's optimizer of a model's parameters: β₂ = 0.98, ε = 1e-6, and no decay of vectors. @see Liu et al. 2019, section 3.1 */
export function robertaOptimizer(model: Module): AdamW {
  return new AdamW(namedParameters(model), { beta2: 0.98, epsilon: 1e-6, groups: [vectorsWithoutDecay] })
}
