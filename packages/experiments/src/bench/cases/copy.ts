import type { Case } from '../case.ts'

/** What memory allows: a copy within JavaScript that reads and writes so many bytes in all. */
export function copyCase(row: string, bytes: number): Case {
  const source = () => new Float32Array(bytes / 8).map((_, index) => index)
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
          return [target.slice(-checked)]
        },
        run,
        [Symbol.dispose]: () => undefined,
      }
    },
    async verifier() {
      const expected = source().slice(-checked)
      return ([copied]) => ({ error: Number(expected.some((x, index) => x !== copied![index])), tolerance: 0 })
    },
  }
}

/** Elements at the end: all that was copied need not go from process to process. */
const checked = 4096

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
