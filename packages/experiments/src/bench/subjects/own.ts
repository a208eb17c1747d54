import { type BackendOptions, openBackend, useBackend, withBackend } from '@tlc/tensor'
import { checkGradients } from '../training/check-gradients.ts'
import { profileSteps } from '../training/profile-steps.ts'
import { Training } from '../training/training.ts'
import { versionOf } from './peer.ts'
import type { Subject, SubjectSpec } from './subject.ts'

type Tile = NonNullable<BackendOptions['wasm']['tile']>

/** This project, on one of its backends. */
export async function openOwn({
  kind,
  threads,
  strict = false,
  wide = false,
  tile: given,
}: SubjectSpec): Promise<Subject> {
  const backend =
    kind === 'wasm'
      ? await openBackend('wasm', { threads, strict, wide, ...(given !== undefined && { tile: given as Tile }) })
      : await openBackend('reference')
  useBackend(backend)
  const chosen = backend as { readonly build?: string; readonly tile?: string; readonly wide?: boolean }
  const { build, tile, wide: isWide } = chosen
  return {
    description: {
      version: versionOf(new URL('../../../package.json', import.meta.url)),
      node: process.version,
      v8: process.versions.v8,
      threads,
      build: build ?? null,
      ...(isWide !== undefined && { wide: isWide }),
      ...(tile !== undefined && { tile }),
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
