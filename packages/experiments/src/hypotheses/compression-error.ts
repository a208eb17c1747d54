import { formatNumber } from '../quantities.ts'
import type { Hypothesis, Measurements, ModuleError, Technique, Verdict } from '../results.ts'
import { fitLine, type Line } from '../statistics/fit-line.ts'
import { judged, untested } from './verdict.ts'

/** H18 for quantization to 4 bits. */
export function quantizationError(study: Measurements): Verdict {
  return errorFallsWithSize(study, 'quantization', {
    id: 'H18 quantization',
    claim: 'Quantization to 4 bits changes the weights of larger models less',
    statistic: 'slope of log mean |W − Q(W)| on log parameters, averaged over kinds of module',
  })
}

/** H18 for pruning to 60%. */
export function pruningError(study: Measurements): Verdict {
  return errorFallsWithSize(study, 'pruning', {
    id: 'H18 pruning',
    claim: 'Pruning to 60% changes the weights of larger models less',
    statistic: 'slope of log mean |W − P(W)| on log parameters, averaged over kinds of module',
  })
}

/**
 * For each model the mean over kinds of module of ln error; its slope on ln N, with the t interval over models. The absolute
 * error is the paper's measure, but it shrinks with the weights themselves, so the relative error ‖W - C(W)‖ / ‖W‖ is the
 * control: supported when both intervals are below 0, refuted when the absolute one is above 0.
 */
function errorFallsWithSize(study: Measurements, technique: Technique, hypothesis: Hypothesis): Verdict {
  const rows = study.errors.filter((row) => row.technique === technique)
  const modules = [...new Set(rows.map(({ module }) => module))]
  const models = study.models.filter(({ name }) =>
    modules.every((module) => rows.some((row) => row.model === name && row.module === module && row.absolute > 0)),
  )
  if (modules.length === 0 || models.length < 3)
    return untested(
      hypothesis,
      `a slope with an interval needs the errors of at least 3 models, this study has ${modules.length ? models.length : 0}`,
    )
  const slope = (measure: (row: ModuleError) => number) => {
    const means = models.map(({ name }) => {
      const own = rows.filter((row) => row.model === name)
      return own.reduce((sum, row) => sum + Math.log(measure(row)), 0) / own.length
    })
    return fitLine(
      models.map(({ parameters }) => Math.log(parameters)),
      means,
    )
  }
  const absolute = slope((row) => row.absolute)
  const relative = slope((row) => row.relative)
  return judged(hypothesis, {
    value: absolute.slope,
    interval: absolute.interval,
    supported: absolute.interval.high < 0 && relative.interval.high < 0,
    refuted: absolute.interval.low > 0,
    sentence: `Absolute error ∝ N to the power ${describe(absolute)}; relative to the weights' own size, ${describe(relative)}.`,
  })
}

function describe({ slope, interval }: Line): string {
  return `${formatNumber(slope, 2)} (interval ${formatNumber(interval.low, 2)} to ${formatNumber(interval.high, 2)})`
}
