import { foldIn, key, scope, type Tensor, tensor } from '@tlc/tensor'
import {
  Activation,
  AdamW,
  Batches,
  Dropout,
  finiteLoss,
  Linear,
  meanSquaredError,
  namedParameters,
  Sequential,
  trainStep,
} from '../src/index.ts'

const examples = 12
const inputs = Float32Array.from({ length: examples * 3 }, (_, index) => Math.sin(index))
const targets = Float32Array.from({ length: examples }, (_, index) => Math.cos(3 * index))

/** The rows of a matrix that a batch names. */
function rows(data: Float32Array, batch: Int32Array, width: number): Tensor {
  const values = [...batch].flatMap((row) => [...data.subarray(row * width, (row + 1) * width)])
  return tensor(values, { shape: [batch.length, width] })
}

/** A small model with dropout, its optimizer and its data: everything that a checkpoint must bring back. */
export function regression(position?: Batches['position']) {
  const model = new Sequential([
    new Linear({ inputSize: 3, outputSize: 8, key: key(1) }),
    new Activation('gelu'),
    new Dropout(0.2),
    new Linear({ inputSize: 8, outputSize: 1, key: key(2) }),
  ])
  const optimizer = new AdamW(namedParameters(model))
  const batches = new Batches({ length: examples, batchSize: 5, key: key(3), ...(position && { position }) })
  const train = async (step: number): Promise<number> => {
    using _step = scope()
    const loss = (batch: Int32Array): Tensor =>
      meanSquaredError(model.forward(rows(inputs, batch, 3), { key: foldIn(key(4), step) }), rows(targets, batch, 1))
    const result = trainStep({ optimizer, loss, microBatches: [batches.next()], learningRate: 0.01, maxNorm: 1 })
    return finiteLoss(result.loss, step)
  }
  return { model, optimizer, batches, train }
}
