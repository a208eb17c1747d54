import { type Backend, openBackend } from '@tlc/tensor'
import type { StudyBackend } from './study.ts'

/** Opens what a study computes with. On any number of threads the numbers are the same. */
export function openStudyBackend(name: StudyBackend, threads: number): Promise<Backend> {
  return openBackend(name, name === 'wasm' ? { threads } : {})
}
