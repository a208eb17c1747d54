import { formatPercent } from '../quantities.ts'
import type { Hypothesis, Measurements, Verdict } from '../results.ts'
import { dropFallsWithSize } from './drop-by-size.ts'

const hypothesis: Hypothesis = {
  id: 'H13',
  claim: 'Larger models lose less accuracy when 45% to 90% of their weights are pruned',
  statistic: "Spearman's ρ of parameters and accuracy drop, averaged over sparsities of 45% and more, no quantization",
}

/** The drop of accuracy at 45% sparsity and above without quantization, against size: see `dropFallsWithSize`. */
export function pruningDrop(study: Measurements): Verdict {
  return dropFallsWithSize(
    study,
    hypothesis,
    ({ sparsity, bits }) => bits === 32 && sparsity > 0.44,
    harmlessSparsities,
  )
}

/** s*(N): the highest sparsity at which the accuracy is still within 0.5% of the original, relatively. */
function harmlessSparsities(study: Measurements): string {
  const parts = study.models.flatMap(({ name }) => {
    const pruned = study.compression.filter(({ model, bits }) => model === name && bits === 32)
    const original = pruned.find(({ sparsity }) => sparsity === 0)?.accuracy
    if (original === undefined) return []
    const harmless = pruned.filter(({ accuracy }) => accuracy >= 0.995 * original).map(({ sparsity }) => sparsity)
    return `${name} ${formatPercent(Math.max(...harmless), 0)}`
  })
  return ` Highest sparsity within 0.5% of the original accuracy: ${parts.join(', ')}.`
}
