import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { bundle } from './bundle.ts'

const folder = fileURLToPath(new URL('../packages/experiments/pages/gpu/', import.meta.url))

/** The files of the page that tries a GPU, made from the sources. */
export async function gpuPage(): Promise<Map<string, string>> {
  const program = `import { tryGpu } from ${JSON.stringify(`${folder}main.ts`)}\nawait tryGpu()`
  const chunks = await bundle(program, { platform: 'browser', conditions: ['@tlc/source'] })
  const files = new Map(chunks.map(({ fileName, code }) => [fileName, code]))
  for (const name of ['index.html', 'style.css']) files.set(name, readFileSync(folder + name, 'utf8'))
  return files
}
