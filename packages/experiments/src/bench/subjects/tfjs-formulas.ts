import type { HostTensor } from '../case.ts'
import type { AdamWParameters } from '../cases/adamw.ts'

/** What is used of TensorFlow.js. */
export interface TfTensor {
  readonly shape: number[]
  readonly data: () => Promise<Float32Array>
  /** in WebAssembly only */
  readonly dataSync: () => Float32Array
  readonly add: (other: TfTensor | number) => TfTensor
  readonly sub: (other: TfTensor | number) => TfTensor
  readonly mul: (other: TfTensor | number) => TfTensor
  readonly div: (other: TfTensor | number) => TfTensor
  readonly square: () => TfTensor
  readonly sqrt: () => TfTensor
  readonly exp: () => TfTensor
  readonly erf: () => TfTensor
  readonly neg: () => TfTensor
  readonly sum: (axis?: number, keepDims?: boolean) => TfTensor
  readonly mean: (axis?: number, keepDims?: boolean) => TfTensor
  readonly max: (axis?: number, keepDims?: boolean) => TfTensor
  readonly log: () => TfTensor
  readonly reshape: (shape: readonly number[]) => TfTensor
  readonly transpose: (axes?: readonly number[]) => TfTensor
}

export interface TfVariable extends TfTensor {
  readonly name: string
  readonly assign: (value: TfTensor) => void
}

export type SaveForGradient = (saved: readonly TfTensor[]) => void

/** What a custom gradient gives: a value, and the derivative of its inputs. */
interface WithGradient {
  readonly value: TfTensor
  readonly gradFunc: (g: TfTensor, saved: readonly TfTensor[]) => TfTensor | readonly TfTensor[]
}

export interface Tf {
  readonly setBackend: (name: string) => Promise<boolean>
  readonly enableProdMode: () => void
  readonly tensor: (data: Float32Array | Int32Array, shape: readonly number[], dtype: string) => TfTensor
  readonly scalar: (value: number) => TfTensor
  readonly variable: (value: TfTensor) => TfVariable
  readonly zerosLike: (x: TfTensor) => TfTensor
  readonly matMul: (a: TfTensor, b: TfTensor, transposeA?: boolean, transposeB?: boolean) => TfTensor
  readonly softmax: (x: TfTensor) => TfTensor
  readonly gather: (x: TfTensor, indices: TfTensor) => TfTensor
  readonly unsortedSegmentSum: (x: TfTensor, segments: TfTensor, count: number) => TfTensor
  readonly slice: (x: TfTensor, begin: number, size: number) => TfTensor
  readonly oneHot: (ids: TfTensor, depth: number) => TfTensor
  readonly addN: (all: readonly TfTensor[]) => TfTensor
  readonly minimum: (a: TfTensor, b: number) => TfTensor
  readonly customGrad: <Given extends TfTensor[]>(
    f: (...given: [...Given, save: SaveForGradient]) => WithGradient,
  ) => (...given: Given) => TfTensor
  readonly variableGrads: (
    f: () => TfTensor,
    variables: readonly TfVariable[],
  ) => { readonly value: TfTensor; readonly grads: { readonly [name: string]: TfTensor } }
  readonly tidy: <Result>(run: () => Result) => Result
  readonly keep: (x: TfTensor) => TfTensor
  readonly dispose: (tree: unknown) => void
}

export function toTf(tf: Tf, { shape, data }: HostTensor): TfTensor {
  return tf.tensor(data, [...shape], data instanceof Int32Array ? 'int32' : 'float32')
}

type Formula = (inputs: readonly TfTensor[], parameters: never) => readonly TfTensor[]

/** Operations in terms of TensorFlow.js. */
export function tfFormulas(tf: Tf): { readonly [op: string]: Formula } {
  const weights = (q: TfTensor, k: TfTensor, scale: number) => tf.softmax(tf.matMul(q, k, false, true).mul(scale))
  return {
    matmul: ([a, b], { transposeA, transposeB }: { transposeA: boolean; transposeB: boolean }) => [
      tf.matMul(a!, b!, transposeA, transposeB),
    ],
    linear: ([x, w, b]) => [tf.matMul(x!, w!, false, true).add(b!)],
    attention: ([q, k, v], { scale }: { scale: number }) => [tf.matMul(weights(q!, k!, scale), v!)],
    attentionGrad([q, k, v, , , g], { scale }: { scale: number }) {
      const p = weights(q!, k!, scale)
      const ds = tfSoftmaxGrad(p, tf.matMul(g!, v!, false, true)).mul(scale)
      return [tf.matMul(ds, k!), tf.matMul(ds, q!, true), tf.matMul(p, g!, true)]
    },
    softmax: ([x]) => [tf.softmax(x!)],
    softmaxGrad: ([y, g]) => [tfSoftmaxGrad(y!, g!)],
    gelu: ([x]) => [tfGelu(x!)],
    geluGrad: ([x, g]) => [tfGeluGrad(x!, g!)],
    layerNorm: ([x, gamma, beta], { epsilon }: { epsilon: number }) => [
      tfNormalized(x!, epsilon).normalized.mul(gamma!).add(beta!),
    ],
    layerNormGrad: ([x, gamma, mean, scale, g]) => tfLayerNormGrad(x!.sub(mean!).mul(scale!), scale!, gamma!, g!),
    crossEntropy: ([logits, targets]) => [tfCrossEntropy(logits!, tf.oneHot(targets!, logits!.shape[1]!))],
    crossEntropyGrad([logits, targets, logSumExp, g]) {
      const rows = [logits!.shape[0]!, 1]
      const p = logits!.sub(logSumExp!.reshape(rows)).exp()
      return [p.sub(tf.oneHot(targets!, logits!.shape[1]!)).mul(g!.reshape(rows))]
    },
    additions([x, y], { chain }: { chain: number }) {
      let sum = x!
      for (let count = 0; count < chain; count++) sum = sum.add(y!)
      return [sum]
    },
    embedding: ([table, ids]) => [tf.gather(table!, ids!)],
    adamwStep: (inputs, parameters: AdamWParameters) => tfAdamW(inputs, parameters),
  }
}

export function tfSoftmaxGrad(y: TfTensor, g: TfTensor): TfTensor {
  return y.mul(g.sub(y.mul(g).sum(-1, true)))
}

export function tfGelu(x: TfTensor): TfTensor {
  return x.mul(x.mul(Math.SQRT1_2).erf().add(1).mul(0.5))
}

export function tfGeluGrad(x: TfTensor, g: TfTensor): TfTensor {
  const density = x
    .square()
    .mul(-0.5)
    .exp()
    .mul(1 / Math.sqrt(2 * Math.PI))
  return g.mul(x.mul(Math.SQRT1_2).erf().add(1).mul(0.5).add(x.mul(density)))
}

/** (x - mean) · scale with scale = 1 / √(variance + ε), over the last axis. */
export function tfNormalized(
  x: TfTensor,
  epsilon: number,
): { readonly normalized: TfTensor; readonly scale: TfTensor } {
  const centred = x.sub(x.mean(-1, true))
  const deviation = centred.square().mean(-1, true).add(epsilon).sqrt()
  const one = deviation.div(deviation)
  return { normalized: centred.div(deviation), scale: one.div(deviation) }
}

export function tfLayerNormGrad(n: TfTensor, scale: TfTensor, gamma: TfTensor, g: TfTensor): readonly TfTensor[] {
  const h = g.mul(gamma)
  const dx = h
    .sub(h.mean(-1, true))
    .sub(n.mul(h.mul(n).mean(-1, true)))
    .mul(scale)
  return [dx, g.mul(n).sum(0), g.sum(0)]
}

/** The loss of each row: ln Σ e^logits less the logit of its target. */
export function tfCrossEntropy(logits: TfTensor, oneHot: TfTensor): TfTensor {
  const shifted = logits.sub(logits.max(-1, true))
  return shifted.exp().sum(-1).log().sub(shifted.mul(oneHot).sum(-1))
}

/** AdamW in the order of inputs and outputs that this project has: scale, p, g, m, v; p, m, v. */
export function tfAdamW(inputs: readonly TfTensor[], settings: AdamWParameters): readonly TfTensor[] {
  const { learningRate, beta1, beta2, epsilon, weightDecay, step } = settings
  const n = weightDecay.length
  const [scale, ...rest] = inputs
  const [p, g, m, v] = [0, 1, 2, 3].map((group) => rest.slice(group * n, (group + 1) * n))
  const scaled = g!.map((each) => each.mul(scale!))
  const first = m!.map((each, i) => each.mul(beta1).add(scaled[i]!.mul(1 - beta1)))
  const second = v!.map((each, i) => each.mul(beta2).add(scaled[i]!.square().mul(1 - beta2)))
  const updated = p!.map((each, i) => {
    const rate = learningRate / (1 - beta1 ** step)
    const root = second[i]!.mul(1 / (1 - beta2 ** step))
      .sqrt()
      .add(epsilon)
    return each.mul(1 - learningRate * weightDecay[i]!).sub(first[i]!.mul(rate).div(root))
  })
  return [...updated, ...first, ...second]
}
