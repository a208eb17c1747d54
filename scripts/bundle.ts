import { rolldown } from 'rolldown'

export interface BundleOptions {
  readonly platform: 'browser' | 'node'
  /** of the packages' `exports`, besides the usual ones */
  readonly conditions?: readonly string[]
}

/** What a bundler makes of a program, by file name: `program.js`, which begins it, and the chunks that it loads. */
export async function bundle(program: string, options: BundleOptions): Promise<ReadonlyMap<string, string>> {
  const { platform, conditions = [] } = options
  await using build = await rolldown({
    input: 'program.ts',
    platform,
    plugins: [
      {
        name: 'program',
        resolveId: (id) => (id === 'program.ts' ? id : null),
        load: (id) => (id === 'program.ts' ? program : null),
      },
    ],
    ...(conditions.length && { resolve: { conditionNames: [...conditions, 'import', 'default'] } }),
    // Node 20 has no `using`.
    transform: { target: 'es2022' },
  })
  const { output } = await build.generate({ format: 'esm', minify: true, entryFileNames: 'program.js' })
  return new Map(output.map((file) => [file.fileName, file.type === 'chunk' ? file.code : String(file.source)]))
}
