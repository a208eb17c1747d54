import type { Hypothesis, Measurements, Verdict } from '../results.ts'
import { dropFallsWithSize } from './drop-by-size.ts'

const hypothesis: Hypothesis = {
  id: 'H12',
  claim: 'Larger models lose less accuracy when quantized to 4 bits',
  statistic: "Spearman's ρ of parameters and accuracy drop at 4 bits, no pruning",
}

/** The drop of accuracy at 4 bits without pruning, against size: see `dropFallsWithSize`. */
export function quantizationDrop(study: Measurements): Verdict {
  return dropFallsWithSize(study, hypothesis, ({ sparsity, bits }) => sparsity === 0 && bits === 4)
}
