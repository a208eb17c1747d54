import { scatterRows } from './scatter-rows.ts'
import {
  type SaveForGradient,
  type Tf,
  type TfTensor,
  tfCrossEntropy,
  tfGelu,
  tfGeluGrad,
  tfLayerNormGrad,
  tfNormalized,
  tfSoftmaxGrad,
} from './tfjs-formulas.ts'

/** Operations with derivatives of their own: those of TensorFlow.js are slow on this backend, or have no kernel. */
export interface TfOperations {
  /** a · b, either read transposed */
  readonly product: (a: TfTensor, b: TfTensor, transposeB?: boolean) => TfTensor
  readonly gelu: (x: TfTensor) => TfTensor
  readonly layerNorm: (x: TfTensor, gamma: TfTensor, beta: TfTensor) => TfTensor
  readonly softmax: (x: TfTensor) => TfTensor
  /** the mean over rows */
  readonly crossEntropy: (logits: TfTensor, oneHot: TfTensor) => TfTensor
  /** Rows of a table; its derivative is added up in JavaScript, where no kernel does it. */
  readonly rows: (table: TfTensor, ids: Int32Array) => TfTensor
}

/** @param isQueue on WebGPU, where nothing can be read at once */
export function tfOperations(tf: Tf, epsilon: number, isQueue: boolean): TfOperations {
  /** Transposes, then multiplies: several times as fast as a product that reads an operand transposed. */
  const multiply = (a: TfTensor, b: TfTensor): TfTensor => tf.matMul(a, b)
  const t = (x: TfTensor): TfTensor => {
    const axes = x.shape.map((_, axis) => axis)
    return x.transpose([...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!])
  }
  const plain = tf.customGrad((a: TfTensor, b: TfTensor, save: SaveForGradient) => {
    save([a, b])
    return {
      value: multiply(a, b),
      gradFunc: (g, [a, b]) => [multiply(g, t(b!)), multiply(t(a!), g)],
    }
  })
  const transposed = tf.customGrad((a: TfTensor, b: TfTensor, save: SaveForGradient) => {
    save([a, b])
    return {
      value: multiply(a, t(b)),
      gradFunc: (g, [a, b]) => [multiply(g, b!), multiply(t(g), a!)],
    }
  })
  return {
    product: (a, b, transposeB = false) => (transposeB ? transposed : plain)(a, b),
    gelu: tf.customGrad((x: TfTensor, save: SaveForGradient) => {
      save([x])
      return { value: tfGelu(x), gradFunc: (g, [x]) => tfGeluGrad(x!, g) }
    }),
    layerNorm: tf.customGrad((x: TfTensor, gamma: TfTensor, beta: TfTensor, save: SaveForGradient) => {
      const { normalized, scale } = tfNormalized(x, epsilon)
      save([normalized, scale, gamma])
      return {
        value: normalized.mul(gamma).add(beta),
        gradFunc: (g, [n, scale, gamma]) => tfLayerNormGrad(n!, scale!, gamma!, g),
      }
    }),
    softmax: tf.customGrad((x: TfTensor, save: SaveForGradient) => {
      const y = tf.softmax(x)
      save([y])
      return { value: y, gradFunc: (g, [y]) => tfSoftmaxGrad(y!, g) }
    }),
    crossEntropy: tf.customGrad((logits: TfTensor, oneHot: TfTensor, save: SaveForGradient) => {
      save([logits, oneHot])
      return {
        value: tfCrossEntropy(logits, oneHot).mean(),
        gradFunc: (g, [logits, oneHot]) => [
          tf.softmax(logits!).sub(oneHot!).mul(g.div(logits!.shape[0]!)),
          tf.zerosLike(oneHot!),
        ],
      }
    }),
    rows(table, ids) {
      const taken = tf.tensor(ids, [ids.length], 'int32')
      const look = tf.customGrad((table: TfTensor, save: SaveForGradient) => {
        save([taken])
        return {
          value: tf.gather(table, taken),
          gradFunc: (g, [taken]) =>
            isQueue
              ? tf.unsortedSegmentSum(g, taken!, table.shape[0]!)
              : tf.tensor(scatterRows(g.dataSync(), ids, table.shape), table.shape, 'float32'),
        }
      })
      return look(table)
    },
  }
}
