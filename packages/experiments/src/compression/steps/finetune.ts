import { distillationLoss, linearDecay, type Module, train } from '@tlc/nn'
import { prepareForQuantization } from '@tlc/quant'
import { foldIn, key, type Tensor, unheard } from '@tlc/tensor'
import { robertaOptimizer } from '../../roberta-optimizer.ts'
import { UserError } from '../../user-error.ts'
import { type CompressionRun, taskOf } from '../compression-run.ts'
import type { CompressionTask } from '../compression-task.ts'
import { crossEntropyOf } from '../cross-entropy-of.ts'
import type { FinetuneSettings } from '../recipe.ts'

/** Trains what pruning has left, zeros staying zero; killed and called again, it goes on where the checkpoint was. */
export async function finetune<Model extends Module, Batch>(
  run: CompressionRun<Model, Batch>,
  settings: FinetuneSettings,
): Promise<string> {
  const task = taskOf(run)
  const { model, checkpoints, signal, onProgress } = run
  const { steps, learningRate, warmUp, fakeQuantize, seed } = settings
  using _rounded = fakeQuantize && prepareForQuantization(model, { ...fakeQuantize, embeddings: true })
  const loss = await lossOf(task, model, settings)
  const optimizer = robertaOptimizer(model)
  let last = Number.NaN
  try {
    await train<Batch>({
      model,
      optimizer,
      steps,
      schedule: linearDecay({ peak: learningRate, steps, warmUp: Math.ceil(warmUp * steps) }),
      batch: (step) => task.trainingBatch(step, settings),
      weigh: (batch) => task.targets(batch).size,
      loss,
      key: foldIn(key(seed), 1),
      maxNorm: 1,
      ...(checkpoints && { checkpoints }),
      ...(signal && { signal }),
      onStep({ step, loss, learningRate }) {
        last = loss
        onProgress({ phase: 'training', step: step + 1, steps, loss, learningRate })
      },
    })
  } finally {
    optimizer.dispose()
  }
  return Number.isNaN(last)
    ? `${steps} steps, made before`
    : `${steps} steps, the last with a loss of ${last.toPrecision(3)}`
}

type Loss<Batch> = (batch: Batch, dropout: ReturnType<typeof key>) => Tensor

async function lossOf<Model extends Module, Batch>(
  task: CompressionTask<Model, Batch>,
  model: Model,
  { distill }: FinetuneSettings,
): Promise<Loss<Batch>> {
  if (!distill) return (batch, dropout) => crossEntropyOf(task, model, batch, { key: dropout })
  const teacher = await task.teacher?.()
  if (!teacher) throw new UserError('distillation needs the model before compression, and the task has no teacher')
  return (batch, dropout) =>
    distillationLoss({
      ...distill,
      student: task.logits(model, batch, { key: dropout }),
      teacher: unheard(() => task.logits(teacher, batch, {})),
      labels: task.targets(batch),
    })
}
