import { type Onnxruntime, onnxruntimeSubject } from './onnxruntime.ts'
import { describePeer, importPeer } from './peer.ts'
import type { Subject, SubjectSpec } from './subject.ts'

/** onnxruntime compiled to WebAssembly. Copies inputs into its memory, and results out of it, at every call. */
export async function openOnnxruntimeWeb({ threads }: SubjectSpec): Promise<Subject> {
  const runtime = await importPeer<Onnxruntime>('onnxruntime-web')
  runtime.env.wasm.numThreads = threads
  return onnxruntimeSubject(runtime, describePeer('onnxruntime-web', threads, 'wasm'))
}
