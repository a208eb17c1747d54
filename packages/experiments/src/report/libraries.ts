import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** The browser builds that the page carries, in the order in which they need each other. */
const libraries = ['vega', 'vega-lite', 'vega-embed'] as const

/** Their source text, ready for script elements: no text that would end the element, no address of a source map. */
export async function readLibraries(): Promise<string[]> {
  const { resolve } = createRequire(import.meta.url)
  return Promise.all(
    libraries.map(async (name) => {
      const source = await readFile(join(dirname(resolve(name)), `${name}.min.js`), 'utf8')
      return source.replaceAll('</script', '<\\/script').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n')
    }),
  )
}
