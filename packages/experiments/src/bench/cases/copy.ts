import { type Case, numbers } from '../case.ts'

/** What memory allows: a copy within JavaScript that reads and writes so many bytes in all. */
export function copyCase(row: string, bytes: number): Case {
  const source = () => numbers(bytes / 8, 1)
  return {
    row,
    column: 'copy',
    work: bytes,
    async prepare() {
      const [given, target] = apart(source())
      const run = (): void => target.set(given)
      return {
        async results() {
          run()
          return [target]
        },
        run,
        [Symbol.dispose]: () => undefined,
      }
    },
    async verifier() {
      const expected = source()
      return ([copied]) => ({ error: Number(expected.some((x, index) => x !== copied![index])), tolerance: 0 })
    },
  }
}

/**
 * Numbers, and room for a copy, half a page apart: where both begin at nearly the same place of a page, some processors
 * copy twenty times as slowly, and where memory lies is chance.
 */
function apart(numbers: Float32Array): readonly [Float32Array, Float32Array] {
  const page = 4096
  const bytes = Math.ceil(numbers.byteLength / page) * page
  const buffer = new ArrayBuffer(2 * bytes + page)
  const given = new Float32Array(buffer, 0, numbers.length)
  given.set(numbers)
  return [given, new Float32Array(buffer, bytes + page / 2, numbers.length)]
}
