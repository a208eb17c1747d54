import { type Case, numbers } from '../case.ts'

/** What memory allows: a copy within JavaScript that reads and writes so many bytes in all. */
export function copyCase(row: string, bytes: number): Case {
  const source = () => numbers(bytes / 8, 1)
  return {
    row,
    column: 'copy',
    work: bytes,
    async prepare() {
      const given = source()
      const target = new Float32Array(given.length)
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
