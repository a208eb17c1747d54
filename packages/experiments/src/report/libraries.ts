import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const require = createRequire(import.meta.url)

/** The libraries that the page carries, in the order in which they need each other, and their entry files. */
const libraries = {
  vega: require.resolve('vega'),
  'vega-lite': require.resolve('vega-lite'),
  'vega-embed': require.resolve('vega-embed'),
}

/**
 * The source text of their browser builds, ready for script elements: licence first, no text that would end the element,
 * no address of a source map.
 */
export async function readLibraries(): Promise<string[]> {
  return Promise.all(
    Object.entries(libraries).map(async ([name, entry]) => {
      const source = await readFile(join(dirname(entry), `${name}.min.js`), 'utf8')
      const licence = await readFile(join(dirname(entry), '..', 'LICENSE'), 'utf8')
      const script = source.replaceAll('</script', '<\\/script').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n')
      return `/*! ${name}\n${licence.trim()}\n*/\n${script}`
    }),
  )
}
