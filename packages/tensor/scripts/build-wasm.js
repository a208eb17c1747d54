/**
 * Compiles the kernels in assembly/ twice, with and without relaxed SIMD, and writes them as TypeScript modules (base64)
 * into src/wasm/generated/, so that Node, browsers, bundlers and workers load them the same way: by importing them.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'
import { build } from 'rolldown'

const root = fileURLToPath(new URL('..', import.meta.url))
const target = fileURLToPath(new URL('../src/wasm/generated/', import.meta.url))

const builds = {
  simd: ['--enable', 'simd', '--use', 'RELAXED=0'],
  relaxed: ['--enable', 'simd', '--enable', 'relaxed-simd', '--use', 'RELAXED=1'],
}

const common = [
  'assembly/index.ts',
  ...['--outFile', 'kernels.wasm'],
  ...['--bindings', 'raw'],
  ...['--runtime', 'stub'],
  ...['--optimizeLevel', '3'],
  '--noAssert',
  '--importMemory',
  // A maximum, which shared memory must have.
  ...['--maximumMemory', '65536'],
]

/** Compiles; returns the files that the compiler wrote. */
async function compile(options) {
  const written = new Map()
  const { error, stderr } = await asc.main([...common, ...options], {
    writeFile: (name, content) => void written.set(name, content),
  })
  if (error) throw new Error(`the kernels do not compile with ${options.join(' ')}:\n${stderr}`, { cause: error })
  return written
}

/** The compiler's declarations as one interface. */
function exportsInterface(declarations) {
  const functions = [...declarations.matchAll(/export function (\w+)(\([^)]*\): \w+);/g)]
  const methods = functions.map(([, name, signature]) => `  ${name}${signature}`)
  return `/** What the kernels export. Pointers are bytes into memory; returned ones are signed: use >>> 0. */
export interface KernelExports {\n${methods.join('\n')}\n}\n`
}

/** The program of a worker as one script, which defines `thread`. */
async function bundleThread() {
  const output = { format: 'iife', name: 'thread', minify: true }
  const bundle = await build({ input: 'src/wasm/threads/thread.ts', platform: 'neutral', write: false, output })
  return bundle.output[0].code
}

process.chdir(root)
await mkdir(target, { recursive: true })
for (const [name, options] of Object.entries(builds)) {
  const files = await compile(options)
  const binary = Buffer.from(files.get('kernels.wasm')).toString('base64')
  await writeFile(`${target}${name}.ts`, `export const binary: string =\n  '${binary}'\n`)
  if (name === 'simd') await writeFile(`${target}exports.ts`, exportsInterface(files.get('kernels.d.ts')))
}
await writeFile(`${target}thread.ts`, `export const source: string = ${JSON.stringify(await bundleThread())}\n`)
