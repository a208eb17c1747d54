import type { BenchmarkedModel } from '../models.ts'
import { type Beginning, beginningOf, recipe } from '../training/training.ts'
import { type Jax, type JaxArray, jaxAdamW, toJax } from './jax-js-formulas.ts'
import { type JaxWeights, jaxMaskedLoss } from './jax-js-model.ts'
import { scatterRows } from './scatter-rows.ts'
import type { TrainingRun } from './subject.ts'

const wordsName = 'roberta.embeddings.word_embeddings.weight'

interface Differentiated {
  readonly weights: JaxWeights
  /** what was looked up: [batch · length, hidden] */
  readonly words: JaxArray
}

/**
 * Training in jax-js: one compiled function for loss and gradients, one for clipping and AdamW. The gradient of a
 * look-up, which jax-js lacks, is added up here between them.
 */
export async function trainOnJax(jax: Jax, model: BenchmarkedModel): Promise<TrainingRun> {
  const { numpy: np } = jax
  const beginning = await beginningOf(model)
  const names = [...beginning.weights.keys()]
  let weights = names.map((name) => toJax(jax, beginning.weights.get(name)!))
  let first = weights.map((each) => np.zerosLike(each.ref))
  let second = weights.map((each) => np.zerosLike(each.ref))
  const vector = (data: Int32Array) => toJax(jax, { shape: [data.length], data })
  const [ids, positions, targets] = [beginning.ids, beginning.positions, beginning.targets].map(vector)
  const place = names.indexOf(wordsName)
  const table = beginning.weights.get(wordsName)!.shape
  const { differentiate, update } = compile(jax, model, names, beginning)
  let step = 0
  return {
    async step() {
      step++
      const [loss, gradients, words] = differentiate(
        weights.map((each) => each.ref),
        ids!.ref,
        positions!.ref,
        targets!.ref,
        jax.random.key(step),
      )
      const lookedUp = toJax(jax, { shape: table, data: scatterRows(await words.data(), beginning.ids, table) })
      gradients[place] = gradients[place]!.add(lookedUp)
      const correction = (beta: number) => toJax(jax, { shape: [], data: Float32Array.of(1 / (1 - beta ** step)) })
      const corrections = { first: correction(recipe.beta1), second: correction(recipe.beta2) }
      const updated = update([...weights, ...gradients, ...first, ...second], corrections)
      await jax.blockUntilReady(updated)
      const n = names.length
      weights = updated.slice(0, n)
      first = updated.slice(n, 2 * n)
      second = updated.slice(2 * n)
      return (await loss.data())[0]!
    },
    [Symbol.dispose]() {
      for (const each of [...weights, ...first, ...second, ids!, positions!, targets!]) each.dispose()
    },
  }
}

function compile(jax: Jax, model: BenchmarkedModel, names: readonly string[], beginning: Beginning) {
  const { numpy: np } = jax
  const named = (list: readonly JaxArray[]): JaxWeights => Object.fromEntries(names.map((name, i) => [name, list[i]!]))
  const differentiate = jax.jit(
    (list: JaxArray[], ids: JaxArray, positions: JaxArray, targets: JaxArray, key: JaxArray) => {
      const weights = named(list)
      const words = np.take(weights[wordsName]!.ref, ids, 0)
      const loss = (given: Differentiated): JaxArray =>
        jaxMaskedLoss(jax, model, given.weights, given.words, { positions, targets, key })
      const [value, gradients] = jax.valueAndGrad(loss)({ weights, words })
      return [value, names.map((name) => gradients.weights[name]!), gradients.words] as [JaxArray, JaxArray[], JaxArray]
    },
  )
  const weightDecay = names.map((name) => (beginning.weights.get(name)!.shape.length < 2 ? 0 : recipe.weightDecay))
  const update = jax.jit((all: JaxArray[], corrections: { first: JaxArray; second: JaxArray }) => {
    const gradients = all.slice(names.length, 2 * names.length)
    const squares = gradients.map((each) => np.sum(np.square(each.ref)))
    const norm = np.sqrt(squares.reduce((sum, each) => sum.add(each)))
    const scale = np.minimum(np.reciprocal(norm.add(1e-6)).mul(recipe.maxNorm), 1)
    const settings = { ...recipe, weightDecay, step: 0 }
    return [...jaxAdamW(np, [scale, ...all], settings, corrections)]
  })
  return { differentiate, update }
}
