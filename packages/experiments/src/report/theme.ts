import type { Config, TopLevelSpec } from 'vega-lite'
import type { Figure } from './figure.ts'
import type { Palette } from './palette.ts'

export const sansSerif =
  "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', 'Liberation Sans', Arial, sans-serif"

/** The specification with colours, fonts and line widths. */
export function themed({ spec }: Figure, palette: Palette): TopLevelSpec {
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    ...spec,
    config: config(palette),
  } as TopLevelSpec
}

function config({ ink, quiet, line, levels, sizes }: Palette): Config {
  const text = {
    labelColor: quiet,
    titleColor: ink,
    labelFontSize: 12,
    titleFontSize: 12.5,
    titleFontWeight: 600 as const,
  }
  return {
    font: sansSerif,
    background: 'transparent',
    view: { stroke: null },
    axis: {
      ...text,
      gridColor: line,
      domainColor: quiet,
      tickColor: quiet,
      tickSize: 4,
      labelPadding: 4,
      titlePadding: 10,
    },
    axisX: { grid: false, labelOverlap: 'greedy', labelSeparation: 6 },
    axisY: { domain: false, ticks: false },
    legend: {
      ...text,
      orient: 'top',
      direction: 'horizontal',
      titleOrient: 'left',
      symbolOpacity: 1,
      symbolStrokeWidth: 3,
      symbolSize: 80,
      columnPadding: 12,
      rowPadding: 4,
      offset: 14,
    },
    mark: { color: ink },
    line: { strokeWidth: 2, strokeCap: 'round', strokeJoin: 'round' },
    point: { size: 42, filled: true, opacity: 1 },
    rule: { color: quiet },
    text: { color: quiet, fontSize: 11 },
    header: { labelColor: ink, titleColor: ink },
    range: { ordinal: [...sizes], category: [...levels] },
  }
}
