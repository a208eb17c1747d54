import type { Scheme } from '../scheme.ts'
import type { AffineCodes, AffineOptions } from '../schemes/affine/affine.ts'

/** Chooses the whole number for a weight measured in steps, at a place in its tensor. */
export type Rounding = (steps: number, index: number) => number

/** The nearest whole number; a half goes to the even one. */
export const nearest = (x: number): number => {
  const below = Math.floor(x)
  const rest = x - below
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1
  return below % 2 === 0 ? below : below + 1
}

/** Chooses the whole numbers of a weight together, knowing which weight of the model it is. */
export interface ModelRounding {
  /** @param name of the parameter, `encoder.layer.0.output.dense.weight` */
  schemeFor(name: string, options: AffineOptions): Scheme<AffineCodes>
}
