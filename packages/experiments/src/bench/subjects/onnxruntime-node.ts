import { type Onnxruntime, onnxruntimeSubject } from './onnxruntime.ts'
import { describePeer, importPeer } from './peer.ts'
import type { Subject, SubjectSpec } from './subject.ts'

/** onnxruntime as native code, with the widest vectors of the processor: what WebAssembly cannot have. */
export async function openOnnxruntimeNode({ threads }: SubjectSpec): Promise<Subject> {
  const runtime = await importPeer<Onnxruntime>('onnxruntime-node')
  return onnxruntimeSubject(runtime, describePeer('onnxruntime-node', threads, 'cpu'))
}
