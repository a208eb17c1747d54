import { readdirSync } from 'node:fs'
import { defineConfig } from 'vitest/config'

/** Tests run on the sources: the condition `@tlc/source` of every package's `exports` leads to `src/`. */
const conditions = ['@tlc/source', 'module', 'node', 'development|production']

/** Where a machine-readable report goes, if one is wanted: set by `.ci/run`. */
const reportFile = process.env.TEST_REPORT

const project = (name: string, folder: string) => ({
  extends: true as const,
  test: { name, include: [`${folder}/**/*.test.ts`] },
})

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    testTimeout: 60_000,
    reporters: reportFile ? ['default', ['json', { outputFile: reportFile }]] : ['default'],
    projects: [
      ...readdirSync('packages').map((name) => project(name, `packages/${name}/{src,test}`)),
      project('repository', 'scripts'),
    ],
  },
})
