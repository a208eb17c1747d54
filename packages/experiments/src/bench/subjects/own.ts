import { type Backend, type BackendOptions, openBackend, tensor, useBackend, withBackend } from '@tlc/tensor'
import type { Runnable } from '../case.ts'
import { checkGradients } from '../training/check-gradients.ts'
import { profileSteps } from '../training/profile-steps.ts'
import { Training } from '../training/training.ts'
import { tuneOnGpu } from '../tune-on-gpu.ts'
import { versionOf } from './peer.ts'
import type { Subject, SubjectSpec } from './subject.ts'

type Tile = NonNullable<BackendOptions['wasm']['tile']>

/** This project, on one of its backends. */
export async function openOwn(spec: SubjectSpec): Promise<Subject> {
  const { threads } = spec
  const backend = await open(spec)
  useBackend(backend)
  const finish = spec.kind === 'webgpu' ? finisherOf(backend) : undefined
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
    async prepare(each): Promise<Runnable> {
      const runnable = await each.prepare(backend)
      if (!finish) return runnable
      return {
        ...runnable,
        async results() {
          const results = await runnable.results()
          await tuneOnGpu(backend)
          return results
        },
        finish,
      }
    },
    async train(model) {
      const training = withBackend(backend, () => new Training(model, backend))
      const check = await checkGradients(model, training.network)
      await tuneOnGpu(backend)
      return {
        check,
        step: () => training.step(),
        facts: () => profileSteps(training),
        [Symbol.dispose]: () => training[Symbol.dispose](),
      }
    },
    close: () => backend.close(),
  }
}

function open({ kind, threads, strict = false, wide = false, tile }: SubjectSpec): Promise<Backend> {
  if (kind === 'webgpu') return openBackend('webgpu', { powerPreference: 'high-performance' })
  if (kind === 'reference') return openBackend('reference')
  return openBackend('wasm', { threads, strict, wide, ...(tile !== undefined && { tile: tile as Tile }) })
}

/** Reading waits for all that was queued before. */
function finisherOf(backend: Backend): () => Promise<void> {
  const last = tensor(0, { backend })
  return async () => void (await last.data())
}
