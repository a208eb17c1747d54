import { provideWebgpu } from './dawn.ts'
import { openJaxJs } from './jax-js.ts'
import { openOnnxruntimeNode } from './onnxruntime-node.ts'
import { openOnnxruntimeWeb } from './onnxruntime-web.ts'
import { openOwn } from './own.ts'
import type { Subject, SubjectKind, SubjectSpec } from './subject.ts'
import { openTfjs } from './tfjs.ts'

const subjects: { readonly [K in SubjectKind]: (spec: SubjectSpec) => Promise<Subject> } = {
  wasm: openOwn,
  reference: openOwn,
  webgpu: openOwn,
  'jax-js': openJaxJs,
  tfjs: openTfjs,
  'onnxruntime-web': openOnnxruntimeWeb,
  'onnxruntime-node': openOnnxruntimeNode,
}

export async function openSubject(spec: SubjectSpec): Promise<Subject> {
  const adapter = spec.driver && (await provideWebgpu())
  const subject = await subjects[spec.kind](spec)
  return adapter ? { ...subject, description: { ...subject.description, adapter } } : subject
}
