import { formatPercent } from '../quantities.ts'
import type { OwnFacts } from './subjects/subject.ts'
import { formatRate, type Table } from './table.ts'

/** Where the time of a step goes, kernel by kernel, and how near each came to what the device can do. */
export function profileTable({ kernels, profiledMilliseconds }: OwnFacts): Table {
  const outside = profiledMilliseconds - kernels.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
  const shareOf = (milliseconds: number): string => formatPercent(milliseconds / profiledMilliseconds)
  return [
    ['kernel', 'calls', 'ms', 'of the step', 'GFLOP/s', 'GB/s', 'of peak'],
    ...kernels.map(({ op, calls, milliseconds, flops, gigaflopsPerSecond, gigabytesPerSecond, shareOfPeak }) => [
      op,
      String(Math.round(calls)),
      milliseconds.toFixed(2),
      shareOf(milliseconds),
      flops > 0 ? formatRate(gigaflopsPerSecond) : '',
      formatRate(gigabytesPerSecond),
      formatPercent(shareOfPeak!),
    ]),
    ['outside kernels', '', outside.toFixed(2), shareOf(outside), '', '', ''],
  ]
}
