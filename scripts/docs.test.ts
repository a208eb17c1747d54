import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const pages = ['README.md', ...globSync(['docs/**/*.md', 'packages/*/README.md'], { cwd: root })]
const textOf = (page: string): string => readFileSync(join(root, page), 'utf8')

/** Blocks of TypeScript that are whole programs: those that import something. */
const examples = pages.flatMap((page) =>
  [...textOf(page).matchAll(/```ts\n(import [\s\S]*?)```/g)].map(([, code], index) => {
    const name = `${page.replaceAll(/\W+/g, '-')}-${index + 1}.ts`
    return { name, code: code! }
  }),
)

describe('links', () => {
  test.each(pages)('%s leads only to what exists', (page) => {
    const links = [...textOf(page).matchAll(/\]\((?!https?:)([^)#\s]+)/g)].map(([, target]) => target!)
    expect(links.filter((target) => !existsSync(join(root, dirname(page), target)))).toEqual([])
  })
})

describe('examples', () => {
  const folder = join(root, '.cache', 'docs-examples')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'tsconfig.json'), '{ "extends": "../../tsconfig.scripts.json", "include": ["*.ts"] }')
  for (const { name, code } of examples) writeFileSync(join(folder, name), code)

  const run = (...options: string[]) => spawnSync(process.execPath, options, { cwd: root, encoding: 'utf8' })

  test('there are some', () => {
    expect(examples.length).toBeGreaterThan(0)
  })

  test('their types are right', () => {
    const { stdout, status } = run('node_modules/typescript/bin/tsc', '--project', folder)
    expect(stdout).toBe('')
    expect(status).toBe(0)
  })

  test.each(examples)('$name runs', ({ name }) => {
    const { stderr, status } = run(
      '--conditions=@tlc/source',
      '--disable-warning=ExperimentalWarning',
      join(folder, name),
    )
    expect(stderr).toBe('')
    expect(status).toBe(0)
  })
})
