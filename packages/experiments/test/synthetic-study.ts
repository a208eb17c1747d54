import { foldIn, key } from '@tlc/tensor'
import { packItems } from '../src/packed-items.ts'
import type { CompressionPoint, CurvePoint, FineTuning, Measurements, ModelSize, ModuleError } from '../src/results.ts'
import { randomNormals } from '../src/statistics/random-normals.ts'

/** The laws of a made-up world, so that tests know what a hypothesis must find in it. */
export interface World {
  readonly shapes?: readonly (readonly [layers: number, hiddenSize: number])[]
  readonly items?: number
  readonly seed?: number
  /** the part of the loss that size removes falls as N to minus this power; 0: size plays no part; default 0.3 */
  readonly benefitOfSize?: number
  /** how much faster the damage of compression falls with size; negative: larger suffer more; default 0.5 */
  readonly robustnessOfSize?: number
  /** how much wider models beat deeper ones of the same size, nats; default 0 */
  readonly benefitOfWidth?: number
  /** damage of pruning and quantization together, relative to the sum of their own; default 1 */
  readonly synergy?: number
  /** scale of all damage by compression; default 1 */
  readonly damage?: number
}

const laws = { benefitOfSize: 0.3, robustnessOfSize: 0.5, benefitOfWidth: 0, synergy: 1, damage: 1 }
const defaultShapes = [
  [2, 64],
  [2, 96],
  [4, 96],
  [4, 128],
  [8, 96],
  [6, 192],
] as const
const vocabulary = 4096
const trainingSeconds = 90

/** A study of a made-up world: every number follows from the laws and the seed. */
export function syntheticStudy({ shapes = defaultShapes, items = 3000, seed = 1, ...given }: World = {}): Measurements {
  const law = { ...laws, ...given }
  const models = shapes
    .map(([layers, hiddenSize]) => modelSize(layers, hiddenSize))
    .sort((a, b) => a.parameters - b.parameters)
  const normal = randomNormals(foldIn(key(seed), 1))
  const difficulty = Float64Array.from({ length: items }, normal)
  const examinees = models.map(() => difficulty.map((hard) => hard + 0.25 * normal())) // what each model finds hard
  const answer = (model: number, skill: number, damage: number) =>
    (examinees[model] as Float64Array).map((hard) => (hard + (0.01 + damage) * normal() < skill - damage ? 1 : 0))
  const fineTuning = models.map((model, index) => fineTune(model, answer(index, skillOf(model, law), 0)))
  return {
    format: 1,
    study: {
      name: 'Train large, then compress',
      preset: 'synthetic',
      seed,
      command: `npx tlc study run --preset synthetic --out report --seed ${seed}`,
      finishedAt: '2026-01-01T12:00:00.000Z',
      seconds: 560,
      trainingSeconds,
    },
    environment: {
      backend: 'wasm',
      threads: 2,
      node: 'v24.0.0',
      platform: 'linux x64',
      processor: 'A made-up processor',
      cores: 2,
      version: '0.0.0',
    },
    data: {
      name: 'made-up reviews',
      revision: '1.0.0',
      trainingTokens: 14_200_000,
      validationTokens: 71_000,
      vocabularySize: vocabulary,
    },
    task: { name: 'sentiment of reviews', classes: 2, trainingItems: 20_000, items, majorityAccuracy: 0.507 },
    models,
    curves: models.flatMap((model) => curve(model, law, normal)),
    fineTuning,
    compression: models.flatMap((model, index) =>
      compressionPoints(model, fineTuning[index] as FineTuning, law, (damage) =>
        answer(index, skillOf(model, law), damage),
      ),
    ),
    errors: models.flatMap((model) => moduleErrors(model, law)),
  }
}

function modelSize(layers: number, hiddenSize: number): ModelSize {
  const parametersWithoutEmbeddings = 12 * layers * hiddenSize ** 2 + 13 * layers * hiddenSize
  const parameters = parametersWithoutEmbeddings + (vocabulary + 128) * hiddenSize
  const tokensPerStep = 1024
  const operationsPerStep =
    6 * parametersWithoutEmbeddings * tokensPerStep + 6 * vocabulary * hiddenSize * tokensPerStep * 0.15
  const stepSeconds = 0.003 + operationsPerStep / 60e9
  return {
    name: `${layers}L-${hiddenSize}H`,
    layers,
    hiddenSize,
    heads: hiddenSize / 32,
    feedForwardSize: 4 * hiddenSize,
    parameters,
    parametersWithoutEmbeddings,
    bytes: 4 * parameters,
    tokensPerStep,
    stepSeconds,
    operationsPerStep,
    steps: Math.floor(trainingSeconds / stepSeconds),
  }
}

type Laws = typeof laws

/** E + A / Nᵃ + B / Dᵇ, the form of Hoffmann et al. 2022. */
function lossAfter(model: ModelSize, step: number, law: Laws): number {
  const size = 2.2 * (model.parametersWithoutEmbeddings / 1e5) ** -law.benefitOfSize
  const width = law.benefitOfWidth * Math.log(model.hiddenSize / model.layers / 24)
  return 1.9 + size + 4.2 * (1 + step / 25) ** -0.5 - width
}

function curve(model: ModelSize, law: Laws, normal: () => number): CurvePoint[] {
  const steps = [...new Set(Array.from({ length: 24 }, (_, point) => Math.round(model.steps ** (point / 23))))]
  return [0, ...steps].map((step) => {
    const loss = lossAfter(model, step, law)
    return {
      model: model.name,
      step,
      seconds: step * model.stepSeconds,
      operations: step * model.operationsPerStep,
      tokens: step * model.tokensPerStep,
      trainingLoss: step === 0 ? null : loss + 0.01 * normal(),
      validationLoss: loss + 0.003 * normal(),
      validationLossError: 0.006,
    }
  })
}

function skillOf(model: ModelSize, law: Laws): number {
  return 2.4 - 0.42 * lossAfter(model, model.steps, law)
}

function fineTune(model: ModelSize, correct: Float64Array): FineTuning {
  const accuracy = correct.reduce((sum, right) => sum + right, 0) / correct.length
  return {
    model: model.name,
    steps: 625,
    seconds: 625 * model.stepSeconds,
    accuracy,
    loss: 0.9 * (1 - accuracy) + 0.15,
    correct: packItems(correct),
  }
}

function compressionPoints(
  model: ModelSize,
  dense: FineTuning,
  law: Laws,
  answer: (damage: number) => Float64Array,
): CompressionPoint[] {
  return [0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9].flatMap((sparsity) =>
    [32, 8, 6, 4].map((bits) => {
      const correct = answer(damageOf(model, sparsity, bits, law))
      const untouched = sparsity === 0 && bits === 32
      const scope = model.parametersWithoutEmbeddings
      const nonzeros = model.parameters - Math.round(scope * sparsity)
      const idealBits = nonzeros * bits
      const accuracy = untouched ? dense.accuracy : correct.reduce((sum, right) => sum + right, 0) / correct.length
      return {
        model: model.name,
        sparsity,
        bits,
        granularity: 'tensor',
        scope: 'global',
        accuracy,
        loss: 0.9 * (1 - accuracy) + 0.15,
        correct: untouched ? dense.correct : packItems(correct),
        idealBits,
        nonzeros,
        bytes: Math.ceil(idealBits / 8) + (sparsity > 0 ? Math.ceil(scope / 8) : 0) + 512,
        retrainingSteps: Math.round(sparsity * 300),
      }
    }),
  )
}

function damageOf(model: ModelSize, sparsity: number, bits: number, law: Laws): number {
  const fragility = (model.parameters / 1e6) ** -law.robustnessOfSize
  const pruning = 0.5 * sparsity ** 5
  const quantization = bits === 32 ? 0 : 25.6 * 4 ** -bits
  return law.damage * fragility * (pruning + quantization) * (pruning > 0 && quantization > 0 ? law.synergy : 1)
}

function moduleErrors(model: ModelSize, law: Laws): ModuleError[] {
  const scale = (model.parameters / 1e6) ** (-0.5 * law.robustnessOfSize)
  return (['quantization', 'pruning'] as const).flatMap((technique) =>
    ['embedding', 'attention', 'feed-forward', 'head'].map((module, index) => {
      const base = technique === 'quantization' ? 0.0062 : 0.0081
      const absolute = base * (1 + 0.25 * index) * scale * (1 + 0.03 * Math.sin(model.layers + index))
      return {
        model: model.name,
        technique,
        level: technique === 'quantization' ? 4 : 0.6,
        module,
        weights: Math.round(model.parameters / (index + 2)),
        absolute,
        deviation: absolute * 0.6,
        relative: (technique === 'quantization' ? 11 : 14) * absolute,
      }
    }),
  )
}
