import type { Criterion } from './criterion.ts'

/**
 * |w|: what is nearest to zero goes first.
 *
 * @see Han et al. 2015, Learning both weights and connections, section 3
 */
export const magnitude: Criterion = (weight) => weight.map(Math.abs)
