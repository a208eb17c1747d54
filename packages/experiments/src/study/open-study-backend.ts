import { type Backend, openBackend } from '@tlc/tensor'
import type { StudyBackend } from './study.ts'

/** What changes the time of a study, and none of its numbers. */
export interface Speed {
  readonly threads: number
  /** 256-bit vectors, where the engine can: a study has its processes for itself */
  readonly wide: boolean
}

/** Opens what a study computes with. */
export function openStudyBackend(name: StudyBackend, speed: Speed): Promise<Backend> {
  return openBackend(name, name === 'wasm' ? speed : {})
}
