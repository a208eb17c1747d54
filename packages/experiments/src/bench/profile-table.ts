import { formatPercent } from '../quantities.ts'
import type { OwnFacts } from './subjects/subject.ts'
import { formatRate, type Table } from './table.ts'

/** Shares of a step below this are shown as one. */
const small = 0.002

/** Where the time of a step goes, kernel by kernel, and how near each came to what the device can do. */
export function profileTable({ kernels: all, profiledMilliseconds }: OwnFacts): Table {
  const kernels = all.filter(({ milliseconds }) => milliseconds >= small * profiledMilliseconds)
  const [shown, inside] = [kernels, all].map((list) => list.reduce((sum, { milliseconds }) => sum + milliseconds, 0))
  const others = inside! - shown!
  const outside = profiledMilliseconds - inside!
  const shareOf = (milliseconds: number): string => formatPercent(milliseconds / profiledMilliseconds)
  return [
    ['kernel', 'calls', all[0]?.timed === 'call' ? 'ms of calls' : 'ms', 'of the step', 'GFLOP/s', 'GB/s', 'of peak'],
    ...kernels.map(({ op, calls, milliseconds, flops, gigaflopsPerSecond, gigabytesPerSecond, shareOfPeak }) => [
      op,
      String(Math.round(calls)),
      milliseconds.toFixed(2),
      shareOf(milliseconds),
      flops > 0 ? formatRate(gigaflopsPerSecond) : '',
      gigabytesPerSecond > 0 ? formatRate(gigabytesPerSecond) : '',
      shareOfPeak === undefined ? '' : formatPercent(shareOfPeak),
    ]),
    [`${all.length - kernels.length} others`, '', others.toFixed(2), shareOf(others), '', '', ''],
    ['outside kernels', '', outside.toFixed(2), shareOf(outside), '', '', ''],
  ]
}
