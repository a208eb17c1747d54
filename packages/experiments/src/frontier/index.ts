export type { CompressedResult, CostName } from './compressed-result.ts'
export { describeAdvantage } from './describe-advantage.ts'
export type { MeanOverSeeds } from './mean-over-seeds.ts'
export { type Advantage, type Frontier, type FrontierPoint, type ParetoOptions, pareto } from './pareto.ts'
