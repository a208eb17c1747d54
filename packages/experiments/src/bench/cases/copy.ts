import { type Case, numbers } from '../case.ts'

/** What memory allows: a copy within JavaScript that reads and writes so many bytes in all. */
export function copyCase(row: string, bytes: number): Case {
  return {
    row,
    column: 'copy',
    work: bytes,
    async prepare() {
      const source = numbers(bytes / 8, 1)
      const target = new Float32Array(source.length)
      const run = (): void => target.set(source)
      run()
      const differs = source.some((x, index) => x !== target[index])
      return { check: { error: Number(differs), tolerance: 0 }, run, [Symbol.dispose]: () => undefined }
    },
  }
}
