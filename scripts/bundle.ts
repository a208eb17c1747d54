import { type OutputChunk, rolldown } from 'rolldown'

export interface BundleOptions {
  readonly platform: 'browser' | 'node'
  /** of the packages' `exports`, besides the usual ones */
  readonly conditions?: readonly string[]
  /** packages that stay outside */
  readonly external?: readonly string[]
}

/** Bundles a program as its users would, minified: `program.js`, which begins it, and what it loads later. */
export async function bundle(program: string, options: BundleOptions): Promise<OutputChunk[]> {
  const { platform, conditions, external = [] } = options
  const virtual = {
    name: 'program',
    resolveId: (id: string) => (id === 'program.ts' ? id : null),
    load: (id: string) => (id === 'program.ts' ? program : null),
  }
  await using build = await rolldown({
    input: 'program.ts',
    platform,
    plugins: [virtual],
    external: [/^node:/, ...external],
    ...(conditions && { resolve: { conditionNames: [...conditions, 'import', 'default'] } }),
    transform: { target: 'es2022' }, // Node 20 has no `using`
  })
  const { output } = await build.generate({ format: 'esm', minify: true, entryFileNames: 'program.js' })
  return output.filter((file) => file.type === 'chunk')
}
