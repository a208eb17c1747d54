import { openBackend, useBackend, withBackend } from '@tlc/tensor'
import { checkGradients } from '../training/check-gradients.ts'
import { profileSteps } from '../training/profile-steps.ts'
import { Training } from '../training/training.ts'
import { versionOf } from './peer.ts'
import type { Subject, SubjectSpec } from './subject.ts'

/** This project, on one of its backends. */
export async function openOwn({ kind, threads, strict = false }: SubjectSpec): Promise<Subject> {
  const backend = kind === 'wasm' ? await openBackend('wasm', { threads, strict }) : await openBackend('reference')
  useBackend(backend)
  const { build, tile } = backend as { readonly build?: string; readonly tile?: unknown }
  return {
    description: {
      version: versionOf(new URL('../../../package.json', import.meta.url)),
      node: process.version,
      v8: process.versions.v8,
      threads,
      build:
        build === undefined
          ? null
          : tile === undefined
            ? build
            : `${build}, tile ${typeof tile === 'string' ? tile : JSON.stringify(tile)}`,
    },
    prepare: (each) => each.prepare(backend),
    async train(model) {
      const training = withBackend(backend, () => new Training(model, backend))
      return {
        check: await checkGradients(model, training.network),
        step: () => training.step(),
        facts: () => profileSteps(training),
        [Symbol.dispose]: () => training[Symbol.dispose](),
      }
    },
    close: () => backend.close(),
  }
}
