import { formatPercent } from '../quantities.ts'
import type { CompressionPoint, StudyResults } from '../results.ts'
import { proportionInterval } from '../statistics/proportion.ts'

/** A compression point as figures and tables show it. */
export interface CompressionRow extends Omit<CompressionPoint, 'correct'> {
  /** '45%, 6 bits' */
  readonly label: string
  /** bytes of the uncompressed model over these bytes */
  readonly compression: number
  /** 95% interval of the accuracy */
  readonly low: number
  readonly high: number
}

/** The chosen compression points, by model and then by size. */
export function compressionRows(
  study: StudyResults,
  chosen: (point: CompressionPoint) => boolean = () => true,
): CompressionRow[] {
  return study.models.flatMap(({ name, bytes }) =>
    study.compression
      .filter((point) => point.model === name && chosen(point))
      .sort((a, b) => b.bytes - a.bytes)
      .map(({ correct: _, ...point }) => ({
        ...point,
        label: compressionLabel(point),
        compression: bytes / point.bytes,
        ...interval(point.accuracy, study.task.items),
      })),
  )
}

/** '45%, 6 bits', '4 bits', '45%', 'original' */
export function compressionLabel({ sparsity, bits }: Pick<CompressionPoint, 'sparsity' | 'bits'>): string {
  const parts = [sparsity > 0 && formatPercent(sparsity, 0), bits < 32 && `${bits} bits`].filter(Boolean)
  return parts.length > 0 ? parts.join(', ') : 'original'
}

function interval(accuracy: number, items: number): { low: number; high: number } {
  const { low, high } = proportionInterval(Math.round(accuracy * items), items)
  return { low, high }
}
