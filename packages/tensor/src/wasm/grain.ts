/** Elements that a kernel goes through in some 20 µs on one thread: less is not worth another. By what bounds it. */
const elementsWorthAThread = { memory: 65536, arithmetic: 16384 } as const

/**
 * The fewest items worth a thread, for `Machine.run`.
 *
 * @param perItem elements that the kernel goes through for one item
 * @param unit what the starts of ranges must be multiples of
 */
export function grainOf(bound: keyof typeof elementsWorthAThread, perItem = 1, unit = 1): number {
  return Math.ceil(elementsWorthAThread[bound] / Math.max(perItem, 1) / unit) * unit
}
