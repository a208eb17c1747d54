export { exportOnnx, type OnnxExportOptions, type OnnxInput } from './export-onnx.ts'
export {
  type OnnxAttribute,
  type OnnxGraph,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
  onnxModel,
} from './model-proto.ts'
export type { WeightForm } from './row.ts'
