import { stepSeconds } from '../step-seconds.ts'
import { startPretraining } from './pretrain.ts'
import type { Setting } from './setting.ts'
import type { ModelSize } from './study.ts'

/** So small that no loss is lost here: what a study learns with is tried out where it learns. */
const harmless = 1e-9
/** as a share of the time that the size is then trained for */
const share = 0.02
const leastSeconds = 0.3
const mostSeconds = 1.5

/**
 * The time of one training step of a size: the median of steps done one after the other, with nothing else running.
 * Equal wall-clock budgets become numbers of steps by it, so that noise does not decide who trains longer, and a rerun
 * does the same.
 *
 * @returns seconds
 */
export async function calibrate(setting: Setting, size: ModelSize): Promise<number> {
  const { study } = setting
  const pretraining = { ...study.pretraining, learningRate: harmless }
  using training = startPretraining({ ...setting, study: { ...study, pretraining } }, size, 1000)
  const seconds = share * study.pretraining.budgetSeconds
  return await stepSeconds(training, Math.min(Math.max(seconds, leastSeconds), mostSeconds)) // while there is something to train
}
