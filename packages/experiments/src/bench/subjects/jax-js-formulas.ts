import type { HostTensor } from '../case.ts'
import type { AdamWParameters } from '../cases/adamw.ts'

/** What is used of jax-js. Every use of an array consumes it, but for `.ref`. */
export interface JaxArray {
  readonly ref: JaxArray
  readonly shape: number[]
  readonly data: () => Promise<Float32Array>
  readonly dispose: () => void
  readonly add: (other: JaxArray | number) => JaxArray
  readonly sub: (other: JaxArray | number) => JaxArray
  readonly mul: (other: JaxArray | number) => JaxArray
  readonly div: (other: JaxArray | number) => JaxArray
  readonly reshape: (shape: readonly number[]) => JaxArray
  readonly transpose: (axes: readonly number[]) => JaxArray
}

type Reduce = (x: JaxArray, axis?: number | null, options?: { readonly keepdims: boolean }) => JaxArray

export interface Jax {
  readonly init: (device: string) => Promise<readonly string[]>
  readonly defaultDevice: (device: string) => unknown
  readonly jit: <Arguments extends unknown[], Result>(
    f: (...given: Arguments) => Result,
  ) => (...given: Arguments) => Result
  readonly valueAndGrad: <First, Rest extends unknown[]>(
    f: (first: First, ...rest: Rest) => JaxArray,
  ) => (first: First, ...rest: Rest) => [JaxArray, First]
  readonly blockUntilReady: <Tree>(tree: Tree) => Promise<Tree>
  readonly numpy: {
    readonly float32: unknown
    readonly int32: unknown
    readonly array: (data: Float32Array | Int32Array, options: object) => JaxArray
    readonly zerosLike: (x: JaxArray) => JaxArray
    readonly matmul: (a: JaxArray, b: JaxArray) => JaxArray
    readonly matrixTranspose: (a: JaxArray) => JaxArray
    readonly arange: (start: number, stop: number, step: number, options: object) => JaxArray
    readonly unstack: (x: JaxArray) => JaxArray[]
    readonly reciprocal: (x: JaxArray) => JaxArray
    readonly sqrt: (x: JaxArray) => JaxArray
    readonly exp: (x: JaxArray) => JaxArray
    readonly square: (x: JaxArray) => JaxArray
    readonly minimum: (x: JaxArray, y: number) => JaxArray
    readonly where: (condition: JaxArray, x: JaxArray, y: number) => JaxArray
    readonly sum: Reduce
    readonly mean: Reduce
    readonly take: (x: JaxArray, indices: JaxArray, axis: number) => JaxArray
  }
  readonly nn: {
    readonly softmax: (x: JaxArray) => JaxArray
    readonly logSoftmax: (x: JaxArray) => JaxArray
    readonly gelu: (x: JaxArray, options: { readonly approximate: boolean }) => JaxArray
    readonly oneHot: (ids: JaxArray, classes: number) => JaxArray
  }
  readonly lax: { readonly erf: (x: JaxArray) => JaxArray }
  readonly random: {
    readonly key: (seed: JaxArray | number) => JaxArray
    readonly split: (key: JaxArray, count: number) => JaxArray
    readonly bernoulli: (key: JaxArray, p: number, shape: readonly number[]) => JaxArray
  }
}

export function toJax({ numpy }: Jax, { shape, data }: HostTensor): JaxArray {
  const dtype = data instanceof Int32Array ? numpy.int32 : numpy.float32
  return numpy.array(data, { shape: [...shape], dtype })
}

type Formula = (inputs: readonly JaxArray[], parameters: never) => readonly JaxArray[]

const keep = { keepdims: true }

/** Operations in terms of jax-js. */
export function jaxFormulas({ numpy: np, nn, lax }: Jax): { readonly [op: string]: Formula } {
  const t = (x: JaxArray) => np.matrixTranspose(x.ref)
  const product = (a: JaxArray, b: JaxArray) => np.matmul(a.ref, b.ref)
  const lastMean = (x: JaxArray) => np.mean(x.ref, -1, keep)
  const lastSum = (x: JaxArray) => np.sum(x.ref, -1, keep)
  const weights = (q: JaxArray, k: JaxArray, scale: number) => nn.softmax(product(q, t(k)).mul(scale))
  const softmaxGrad = (y: JaxArray, g: JaxArray) => y.ref.mul(g.ref.sub(lastSum(y.ref.mul(g.ref))))
  return {
    matmul: ([a, b], { transposeA, transposeB }: { transposeA: boolean; transposeB: boolean }) => [
      product(transposeA ? t(a!) : a!, transposeB ? t(b!) : b!),
    ],
    linear: ([x, w, b]) => [product(x!, t(w!)).add(b!.ref)],
    attention: ([q, k, v], { scale }: { scale: number }) => [product(weights(q!, k!, scale), v!)],
    attentionGrad([q, k, v, , , g], { scale }: { scale: number }) {
      const p = weights(q!, k!, scale)
      const ds = softmaxGrad(p, product(g!, t(v!))).mul(scale)
      return [product(ds, k!), product(t(ds), q!), product(t(p), g!)]
    },
    softmax: ([x]) => [nn.softmax(x!)],
    softmaxGrad: ([y, g]) => [softmaxGrad(y!, g!)],
    gelu: ([x]) => [nn.gelu(x!, { approximate: false })],
    geluGrad([x, g]) {
      const density = np.exp(np.square(x!.ref).mul(-0.5)).mul(1 / Math.sqrt(2 * Math.PI))
      const cdf = lax.erf(x!.ref.mul(Math.SQRT1_2)).add(1).mul(0.5)
      return [g!.ref.mul(cdf.add(x!.ref.mul(density)))]
    },
    layerNorm([x, gamma, beta], { epsilon }: { epsilon: number }) {
      const centred = x!.ref.sub(lastMean(x!))
      const deviation = np.sqrt(lastMean(np.square(centred.ref)).add(epsilon))
      return [centred.ref.div(deviation).mul(gamma!.ref).add(beta!.ref)]
    },
    layerNormGrad([x, gamma, mean, scale, g]) {
      const n = x!.ref.sub(mean!.ref).mul(scale!.ref)
      const h = g!.ref.mul(gamma!.ref)
      const dx = h.ref
        .sub(lastMean(h))
        .sub(n.ref.mul(lastMean(h.ref.mul(n.ref))))
        .mul(scale!.ref)
      return [dx, np.sum(g!.ref.mul(n.ref), 0), np.sum(g!.ref, 0)]
    },
    crossEntropy: ([logits, targets]) => {
      const oneHot = nn.oneHot(targets!.ref, logits!.shape[1]!)
      return [np.sum(oneHot.mul(nn.logSoftmax(logits!.ref)), -1).mul(-1)]
    },
    crossEntropyGrad([logits, targets, logSumExp, g]) {
      const rows = [logits!.shape[0]!, 1]
      const p = np.exp(logits!.ref.sub(logSumExp!.ref.reshape(rows)))
      return [p.sub(nn.oneHot(targets!.ref, logits!.shape[1]!)).mul(g!.ref.reshape(rows))]
    },
    embedding: ([table, ids]) => [np.take(table!.ref, ids!.ref, 0)],
    adamwStep: (inputs, parameters: AdamWParameters) => jaxAdamW(np, inputs, parameters),
  }
}

/**
 * AdamW in the order of inputs and outputs that this project has: scale, p, g, m, v; p, m, v.
 *
 * @param corrections 1 / (1 - β₁ᵗ) and 1 / (1 - β₂ᵗ): arrays if they change and compiled code is to stay
 */
export function jaxAdamW(
  np: Jax['numpy'],
  inputs: readonly JaxArray[],
  settings: AdamWParameters,
  corrections?: { readonly first: JaxArray; readonly second: JaxArray },
): readonly JaxArray[] {
  const { learningRate, beta1, beta2, epsilon, weightDecay, step } = settings
  const n = weightDecay.length
  const [scale, ...rest] = inputs
  const [p, g, m, v] = [0, 1, 2, 3].map((group) => rest.slice(group * n, (group + 1) * n))
  const ofFirst = (): JaxArray | number => corrections?.first.ref ?? 1 / (1 - beta1 ** step)
  const ofSecond = (): JaxArray | number => corrections?.second.ref ?? 1 / (1 - beta2 ** step)
  const scaled = g!.map((each) => each.ref.mul(scale!.ref))
  const first = m!.map((each, i) => each.ref.mul(beta1).add(scaled[i]!.ref.mul(1 - beta1)))
  const second = v!.map((each, i) => each.ref.mul(beta2).add(np.square(scaled[i]!.ref).mul(1 - beta2)))
  const updated = p!.map((each, i) => {
    const root = np.sqrt(second[i]!.ref.mul(ofSecond())).add(epsilon)
    const change = first[i]!.ref.mul(ofFirst()).mul(learningRate).div(root)
    return each.ref.mul(1 - learningRate * weightDecay[i]!).sub(change)
  })
  return [...updated, ...first, ...second]
}
