import { sizeOf } from '@tlc/tensor'
import { type BenchmarkedModel, configOf } from '../models.ts'
import { type Beginning, beginningOf, recipe } from '../training/training.ts'
import type { TrainingRun } from './subject.ts'
import { type Tf, type TfTensor, type TfVariable, tfAdamW, toTf } from './tfjs-formulas.ts'
import { type TfOperations, tfOperations } from './tfjs-gradients.ts'

/** Training in TensorFlow.js, with derivatives of its own where that is faster. */
export async function trainOnTf(tf: Tf, model: BenchmarkedModel, isQueue: boolean): Promise<TrainingRun> {
  const beginning = await beginningOf(model)
  const names = [...beginning.weights.keys()]
  const made = names.map((name) => tf.variable(toTf(tf, beginning.weights.get(name)!)))
  const weights = new Map(names.map((name, place) => [name, made[place]!]))
  const operations = tfOperations(tf, configOf(model).layerNormEpsilon, isQueue)
  // On WebGPU its kernel for many at once binds more buffers than its device has.
  const total = (all: readonly TfTensor[]) => (isQueue ? all.reduce((sum, each) => sum.add(each)) : tf.addN(all))
  const weightDecay = made.map(({ shape }) => (shape.length < 2 ? 0 : recipe.weightDecay))
  let moments = tf.tidy(() => [...made, ...made].map((each) => tf.keep(tf.zerosLike(each))))
  let step = 0
  return {
    async step() {
      step++
      const { value, grads } = tf.variableGrads(() => maskedLoss(tf, operations, model, weights, beginning), made)
      const gradients = made.map(({ name }) => grads[name]!)
      const before = moments
      moments = tf.tidy(() => {
        const norm = total(gradients.map((each) => each.square().sum())).sqrt()
        const scale = tf.minimum(tf.scalar(recipe.maxNorm).div(norm.add(1e-6)), 1)
        const settings = { ...recipe, weightDecay, step }
        const updated = tfAdamW([scale, ...made, ...gradients, ...moments], settings)
        made.forEach((variable, place) => variable.assign(updated[place]!))
        return updated.slice(made.length).map((each) => tf.keep(each))
      })
      const loss = (await value.data())[0]!
      tf.dispose([value, gradients, before])
      return loss
    },
    [Symbol.dispose]: () => tf.dispose([made, moments]),
  }
}

type Weights = ReadonlyMap<string, TfVariable>

/** The loss of RoBERTa as a masked language model, in terms of TensorFlow.js. */
function maskedLoss(
  tf: Tf,
  own: TfOperations,
  model: BenchmarkedModel,
  weights: Weights,
  beginning: Beginning,
): TfTensor {
  const { layers, hiddenSize, vocabularySize, maxLength } = model.sizes
  const of = (name: string): TfTensor => weights.get(name)!
  const dense = (x: TfTensor, name: string) => own.product(x, of(`${name}.weight`), true).add(of(`${name}.bias`))
  const norm = (x: TfTensor, name: string) => own.layerNorm(x, of(`${name}.weight`), of(`${name}.bias`))
  const dropout = (x: TfTensor) => (model.dropout === 0 ? x : x.mul(maskOf(tf, x, model.dropout)))
  const table = 'roberta.embeddings.word_embeddings.weight'
  const places = Int32Array.from({ length: maxLength }, (_, place) => place + 2)
  const words = own.rows(of(table), beginning.ids).reshape([model.batch, maxLength, hiddenSize])
  const position = own.rows(of('roberta.embeddings.position_embeddings.weight'), places) // [length, hidden]
  const type = of('roberta.embeddings.token_type_embeddings.weight').reshape([hiddenSize])
  const sum = words
    .add(position)
    .add(type)
    .reshape([model.batch * maxLength, hiddenSize])
  let x = dropout(norm(sum, 'roberta.embeddings.LayerNorm'))
  for (let layer = 0; layer < layers; layer++) {
    const name = `roberta.encoder.layer.${layer}`
    const attended = dense(attention(own, model, x, dense, dropout, name), `${name}.attention.output.dense`)
    const middle = norm(x.add(dropout(attended)), `${name}.attention.output.LayerNorm`)
    const output = dense(own.gelu(dense(middle, `${name}.intermediate.dense`)), `${name}.output.dense`)
    x = norm(middle.add(dropout(output)), `${name}.output.LayerNorm`)
  }
  const masked = own.rows(x, beginning.positions) // [masked, hidden]
  const transformed = norm(own.gelu(dense(masked, 'lm_head.dense')), 'lm_head.layer_norm')
  const logits = own.product(transformed, of(table), true).add(of('lm_head.bias')) // [masked, vocabulary]
  const targets = tf.tensor(beginning.targets, [beginning.targets.length], 'int32')
  return own.crossEntropy(logits, tf.oneHot(targets, vocabularySize))
}

function attention(
  own: TfOperations,
  { batch, sizes }: BenchmarkedModel,
  x: TfTensor,
  dense: (x: TfTensor, name: string) => TfTensor,
  dropout: (x: TfTensor) => TfTensor,
  name: string,
): TfTensor {
  const { heads, hiddenSize, maxLength } = sizes
  const split = (part: string): TfTensor =>
    dense(x, `${name}.attention.self.${part}`)
      .reshape([batch, maxLength, heads, hiddenSize / heads])
      .transpose([0, 2, 1, 3]) // [batch, heads, length, headSize]
  const scores = own.product(split('query'), split('key'), true).mul(1 / Math.sqrt(hiddenSize / heads))
  const weighted = own.product(dropout(own.softmax(scores)), split('value'))
  return weighted.transpose([0, 2, 1, 3]).reshape([batch * maxLength, hiddenSize])
}

/** What dropout multiplies with. The mask of TensorFlow.js itself takes several times as long. */
function maskOf(tf: Tf, { shape }: TfTensor, rate: number): TfTensor {
  const scale = 1 / (1 - rate)
  const mask = new Float32Array(sizeOf(shape))
  for (let index = 0; index < mask.length; index++) if (Math.random() >= rate) mask[index] = scale
  return tf.tensor(mask, shape, 'float32')
}
