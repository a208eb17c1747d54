import { extremes, type Range, type RangeRule } from './range-rule.ts'

/** From the least to the greatest of all that was observed. */
export const minMax: RangeRule = () => {
  let seen: Range | undefined
  return {
    observe(values) {
      const { low, high } = extremes(values)
      seen = seen ? { low: Math.min(seen.low, low), high: Math.max(seen.high, high) } : { low, high }
    },
    range: () => seen ?? extremes(new Float32Array(0)),
  }
}
