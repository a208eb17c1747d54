import { readdirSync } from 'node:fs'
import { playwright } from '@vitest/browser-playwright'
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import { chromium, chromiumProblem } from './scripts/chromium.ts'
import { webgpuEnvironment } from './scripts/webgpu-driver.ts'

/** Tests run on the sources: the condition `@tlc/source` of every package's `exports` leads to `src/`. */
const source = ['@tlc/source', 'module', 'development|production']
const conditions = [...source, 'node']

/** Where a machine-readable report goes, if one is wanted: set by `.ci/run`. */
const reportFile = process.env.TEST_REPORT

/** Tests on WebGPU in Node. */
const onWebgpu = ['packages/tensor/src/webgpu/**/*.test.ts', 'packages/*/{src,test}/**/*.webgpu.test.ts']

const project = (name: string, folder: string): TestProjectInlineConfiguration => ({
  extends: true,
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: { name, include: [`${folder}/**/*.test.ts`], exclude: [`${folder}/**/*.browser.test.ts`, ...onWebgpu] },
})

/** Tests for browsers alone, and those of numbers that must not depend on where they are computed. */
const inBrowser: TestProjectInlineConfiguration = {
  extends: true,
  resolve: { conditions: [...source, 'browser'] },
  // The headers without which a page has no shared memory, and so no threads.
  server: {
    headers: { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' },
  },
  // What is imported late would otherwise be bundled late, and the page loaded again in the middle of a test.
  optimizeDeps: { include: ['gpu.js'] },
  test: {
    name: 'chromium',
    include: [
      'packages/*/{src,test}/**/*.browser.test.ts',
      'packages/tensor/src/{wasm,webgpu}/conformance.test.ts',
      'packages/tensor/src/wasm/math.test.ts',
      'packages/transformer/src/roberta/strict.test.ts',
      'packages/experiments/src/compression/{deploy,strict}.test.ts',
    ],
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: chromium }),
      instances: [{ browser: 'chromium' }],
      connectTimeout: 30_000,
    },
  },
}

/**
 * The kernels' tests again with V8's 256-bit vectors. Each function is optimized right after its first calls, as it would
 * be in the midst of a training: what the baseline compiler learned by then decides what the optimizing one is given.
 */
const wide: TestProjectInlineConfiguration = {
  extends: true,
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    name: 'wide',
    include: [
      'packages/tensor/src/wasm/{conformance,math,matmul,tile,attention,rowwise,pairwise,quantized,reduction,cast,movement}.test.ts',
      'packages/transformer/src/roberta/strict.test.ts',
    ],
    execArgv: ['--experimental-wasm-revectorize', '--wasm-tiering-budget=100', '--wasm-sync-tier-up'],
  },
}

const webgpu: TestProjectInlineConfiguration = {
  extends: true,
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    name: 'webgpu',
    include: onWebgpu,
    exclude: ['packages/**/*.browser.test.ts'],
    env: webgpuEnvironment(),
    globalSetup: ['scripts/say-adapter.ts', 'scripts/silent-dawn.ts'],
  },
}

export default defineConfig({
  test: {
    testTimeout: 60_000,
    reporters: reportFile ? ['default', ['json', { outputFile: reportFile }]] : ['default'],
    projects: [
      ...readdirSync('packages').map((name) => project(name, `packages/${name}/{src,test}`)),
      project('repository', 'scripts'),
      // Node 20 does not know the flag.
      ...(Number.parseFloat(process.versions.v8) >= 13 ? [wide] : []),
      // scripts/chromium.test.ts fails where Chromium should start and does not.
      ...((await chromiumProblem()) ? [] : [inBrowser]),
      webgpu,
    ],
  },
})
