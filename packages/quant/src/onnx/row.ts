import type { DType } from '@tlc/tensor'
import type { AffineCodes } from '../schemes/affine/affine.ts'
import type { GraphBuilder } from './graph.ts'
import type { Size } from './size.ts'

/** What a row knows of a tensor. */
export interface Described {
  readonly shape: readonly Size[]
  readonly dtype: DType
}

/** A tensor that an operation reads. */
export interface Operand extends Described {
  /** Its name in the graph, to which it is added when first asked for. */
  name(): string
  /** Its codes, if it is a quantized weight. */
  readonly quantized: QuantizedOperand | undefined
}

/**
 * How a product with a quantized weight is written: `qdq` decodes the weight first (DequantizeLinear); `dynamic` quantizes
 * the other operand to 8 bits when it runs and multiplies whole numbers (DynamicQuantizeLinear, MatMulInteger); `nbits`
 * is onnxruntime's own product with packed weights (MatMulNBits). A weight that has no such form is decoded first.
 */
export type WeightForm = 'qdq' | 'dynamic' | 'nbits'

/** A quantized weight. */
export interface QuantizedOperand {
  /** of the parameter */
  readonly name: string
  readonly codes: AffineCodes
  readonly form: WeightForm
}

/** An operation to be written as nodes. */
export interface RowCall<Parameters> {
  readonly inputs: readonly Operand[]
  readonly outputs: readonly Described[]
  readonly parameters: Parameters
  /** a whole number among the parameters, by what it depends on */
  size(pick: (parameters: Parameters) => number): Size
}

/** Writes an operation as nodes; the name of its first result. */
export type Row<Parameters> = (graph: GraphBuilder, call: RowCall<Parameters>) => string
