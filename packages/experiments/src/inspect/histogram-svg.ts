import { html, type Markup } from '../report/html.ts'
import type { Histogram } from './inspection.ts'

/** Units of the drawing, that a page stretches to whatever room there is. */
const height = 100

/**
 * A histogram as one path, bars of height ~ log(1 + count), in the colour of the page: a few hundred bytes for a matrix.
 *
 * @param label says it for those who do not see it
 */
export function histogramSvg({ counts }: Histogram, label: string): Markup {
  const scale = height / Math.log1p(Math.max(...counts, 1))
  const bars = counts.flatMap((count, part) => {
    const size = (Math.log1p(count) * scale).toFixed(1)
    return count > 0 ? [`M${part} ${height}v-${size}h1v${size}z`] : []
  })
  return html`<svg class="histogram" viewBox="0 0 ${counts.length} ${height}" preserveAspectRatio="none" role="img" aria-label="${label}"><path d="${bars.join('')}"/></svg>`
}
