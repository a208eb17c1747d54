/** The nearest whole number, halves to even; what rounds to 0 keeps its sign. */
export function roundHalfToEven(x: number): number {
  return Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x)
}
