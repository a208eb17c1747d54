import { openJaxJs } from './jax-js.ts'
import { openOnnxruntimeNode } from './onnxruntime-node.ts'
import { openOnnxruntimeWeb } from './onnxruntime-web.ts'
import { openOwn } from './own.ts'
import type { Subject, SubjectKind, SubjectSpec } from './subject.ts'
import { openTfjs } from './tfjs.ts'

const subjects: { readonly [K in SubjectKind]: (spec: SubjectSpec) => Promise<Subject> } = {
  wasm: openOwn,
  reference: openOwn,
  'jax-js': openJaxJs,
  tfjs: openTfjs,
  'onnxruntime-web': openOnnxruntimeWeb,
  'onnxruntime-node': openOnnxruntimeNode,
}

export function openSubject(spec: SubjectSpec): Promise<Subject> {
  return subjects[spec.kind](spec)
}
