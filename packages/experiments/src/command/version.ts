import { readFileSync } from 'node:fs'

/** Of the package @tlc/experiments. */
export function version(): string {
  const manifest = new URL('../../package.json', import.meta.url) // the same way up from src and from dist
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version
}
