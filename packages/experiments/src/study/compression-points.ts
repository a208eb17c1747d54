import { namedParameters } from '@tlc/nn'
import { type LevelReport, type Storage, storageOf } from '@tlc/prune'
import { type Artefact, type LayoutOptions, quantizeModel, saveArtefact, useArtefact } from '@tlc/quant'
import type { RobertaForSequenceClassification } from '@tlc/transformer'
import { packItems } from '../packed-items.ts'
import type { CompressionPoint } from '../results.ts'
import { labelledBatches } from './batches.ts'
import { type Classification, classification } from './evaluate.ts'
import type { Setting } from './setting.ts'
import type { ModelSize } from './study.ts'

type Cost = Pick<CompressionPoint, 'bits' | 'bytes' | 'idealBits'>

/**
 * A model as it is now, pruned or not, at 32 bits and at each number of bits of the study: accuracy on the validation
 * texts, and what storing it takes.
 *
 * @param unquantized what the model can do at 32 bits, measured before
 * @param level the pruning it has been through, if any
 */
export async function compressionPoints(
  setting: Setting,
  model: RobertaForSequenceClassification,
  size: ModelSize,
  unquantized: Classification,
  level?: LevelReport,
): Promise<CompressionPoint[]> {
  const { study, texts } = setting
  const { granularity } = study.quantization
  const storage = await storageOf(namedParameters(model))
  const pointOf = (cost: Cost, { accuracy, loss, correct }: Classification): CompressionPoint => ({
    model: size.name,
    sparsity: level?.sparsity ?? 0,
    granularity,
    scope: 'global',
    accuracy,
    loss,
    correct: packItems(correct),
    ...cost,
    nonzeros: storage.nonZeros,
    retrainingSteps: level?.retrainingSteps ?? 0,
  })
  const points = [pointOf(unquantizedCost(storage), unquantized)]
  for (const bits of study.quantization.bits) {
    // The zeros of a pruned model must stay zeros.
    const { artefact } = await quantizeModel(model, { bits, granularity, grid: level ? 'zeroExact' : 'minmax' })
    using _quantized = useArtefact(model, artefact)
    const found = await classification(model, labelledBatches(texts.validation, study.finetuning.length))
    points.push(pointOf(quantizedCost(storage, artefact, bits), found))
  }
  return points
}

/** Each tensor in the smallest of its forms: dense, with a bitmask, or as compressed rows. */
function unquantizedCost({ parameters, idealBits }: Storage): Cost {
  let bytes = 0
  for (const { denseBytes, bitmaskBytes, csrBytes } of parameters.values()) {
    bytes += Math.min(denseBytes, bitmaskBytes, csrBytes)
  }
  return { bits: 32, bytes, idealBits }
}

/** The paper counts no entropy coding. */
const paperLayouts = { forms: ['dense', 'masked'], huffman: false } as const satisfies LayoutOptions

/** The file as it would be saved; ideally, non-zeros of quantized tensors at their bits and all others at 32. */
function quantizedCost({ parameters }: Storage, artefact: Artefact, bits: number): Cost {
  let idealBits = 0
  for (const [name, { nonZeros }] of parameters) {
    idealBits += nonZeros * (artefact.tensors.get(name)!.scheme === 'f32' ? 32 : bits)
  }
  return { bits, bytes: saveArtefact(artefact, paperLayouts).file.length, idealBits }
}
