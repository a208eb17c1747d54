import { cssProperties, palette } from './palette.ts'
import { sansSerif } from './theme.ts'

/** The style sheet of the page, with one colour for each of `models` sizes, light, dark and on paper. */
export function style(models: number): string {
  const [day, night] = [cssProperties(palette('light', models)), cssProperties(palette('dark', models))]
  return `
:root { color-scheme: light; ${day} }
@media (prefers-color-scheme: dark) { :root:not([data-scheme=light]) { color-scheme: dark; ${night} } }
:root[data-scheme=dark] { color-scheme: dark; ${night} }
@media print { :root, :root:not([data-scheme=light]), :root[data-scheme=dark] { color-scheme: light; ${day} } }
${rules}`
}

const rules = `
* { box-sizing: border-box }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.0625rem/1.6 Charter, 'Bitstream Charter', 'Iowan Old Style', 'Sitka Text', 'Palatino Linotype', Palatino, Georgia, 'Liberation Serif', serif; font-variant-numeric: lining-nums }
main, header, footer { max-width: 74rem; margin: 0 auto; padding: 0 clamp(1rem, 4vw, 3rem) }
header { padding-top: clamp(2.5rem, 7vw, 5.5rem) }
.kicker, nav, .tiles, table, figcaption, footer, button, code, .lead { font-family: ${sansSerif} }
.kicker { display: flex; justify-content: space-between; gap: 1rem; align-items: baseline; margin: 0 0 1.4rem; color: var(--accent); font-size: .8125rem; font-weight: 600; letter-spacing: .06em; text-transform: uppercase }
h1 { margin: 0 0 1.2rem; max-width: 18em; font-size: clamp(2.1rem, 5vw, 3.5rem); font-weight: 600; line-height: 1.08; letter-spacing: -.018em; text-wrap: balance }
.standfirst { max-width: 42em; margin: 0 0 2.4rem; font-size: clamp(1.1rem, 1.8vw, 1.3rem); line-height: 1.55; color: var(--quiet); text-wrap: pretty }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(13.5rem, 1fr)); gap: 0; margin: 0 0 2.2rem; padding: 0; border-top: 2px solid var(--ink); border-bottom: 1px solid var(--line) }
.tiles div { padding: 1.1rem 1.4rem 1.2rem 0 }
.tiles dd { margin: 0; font-size: clamp(1.5rem, 2.6vw, 2.05rem); font-weight: 650; letter-spacing: -.02em; line-height: 1.2; font-variant-numeric: tabular-nums }
.tiles dt { margin-top: .35rem; color: var(--quiet); font-size: .875rem; line-height: 1.45 }
.tiles div { display: flex; flex-direction: column-reverse; justify-content: flex-end }
nav { display: flex; flex-wrap: wrap; gap: .3rem 1.5rem; font-size: .9375rem }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: .18em }
nav a { text-decoration: none } nav a:hover { text-decoration: underline }
section { margin-top: clamp(3rem, 6vw, 4.75rem); scroll-margin-top: 1rem }
h2 { margin: 0; font-size: clamp(1.5rem, 3vw, 2.05rem); font-weight: 600; letter-spacing: -.012em; line-height: 1.2 }
.lead { margin: .4rem 0 1.6rem; color: var(--quiet); font-size: 1.0313rem }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 29rem), 1fr)); gap: 2.75rem 3rem; align-items: start }
figure { margin: 0; min-width: 0; break-inside: avoid }
.figures .wide { grid-column: 1 / -1 } .figures + .caption { margin-top: 2.75rem }
figure h3 { margin: 0 0 .7rem; font: 600 1rem/1.35 ${sansSerif}; letter-spacing: -.005em }
figcaption { max-width: 46rem; margin-top: .6rem; color: var(--quiet); font-size: .875rem; line-height: 1.5; text-wrap: pretty }
figcaption b, .caption b { color: var(--ink) }
.plot { position: relative; min-height: 12rem }
.plot svg { display: block; max-width: 100%; height: auto; overflow: visible }
.drawn { width: 100% } .plot .drawn.vega-embed { display: block; padding-right: 0 }
.drawn + .still, .still:has(+ .drawn svg) { display: none }
.vega-embed details { opacity: 0; transition: opacity .15s } .plot:hover details, .plot:focus-within details { opacity: 1 }
.vega-embed summary, .vega-embed .vega-actions { background: var(--panel) !important; border-color: var(--line) !important; color: var(--ink) !important; box-shadow: none !important }
.vega-embed .vega-actions a { color: var(--ink) !important; font-family: ${sansSerif} !important }
#vg-tooltip-element.vg-tooltip.custom-theme { padding: .6rem .8rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--paper); color: var(--ink); box-shadow: 0 .4rem 1.6rem rgb(0 0 0 / .16); font: .8125rem/1.5 ${sansSerif}; font-variant-numeric: tabular-nums }
#vg-tooltip-element.custom-theme td.key { padding-right: .9rem; color: var(--quiet); text-align: left } #vg-tooltip-element.custom-theme td.value { text-align: right }
.scroll { overflow-x: auto; margin: 0 0 2.5rem }
table { width: 100%; border-collapse: collapse; font-size: .875rem; line-height: 1.4; font-variant-numeric: tabular-nums }
.caption { max-width: 46rem; margin: 0 0 .8rem; color: var(--quiet); font: .875rem/1.5 ${sansSerif} }
th, td { padding: .5rem .8rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; vertical-align: top }
th:first-child { padding-left: 0; text-align: left } td:last-child, th:last-child { padding-right: 0 }
thead th { color: var(--quiet); font-size: .8125rem; font-weight: 500; vertical-align: bottom; white-space: normal; border-bottom: 1.5px solid var(--ink) }
tbody th { font-weight: 550 } tbody tr:last-child > * { border-bottom: 1.5px solid var(--ink) }
.swatch { display: inline-block; width: .65rem; height: .65rem; margin-right: .5rem; border-radius: 50%; print-color-adjust: exact; -webkit-print-color-adjust: exact }
.interval { color: var(--quiet); font-weight: 400; font-size: .92em }
.hypotheses th, .hypotheses td { white-space: normal; text-align: left; padding-top: .85rem; padding-bottom: .85rem }
.hypotheses tbody th { width: 46%; min-width: 19rem; font-weight: 600 } .hypotheses p { margin: .3rem 0 0; color: var(--quiet); font-weight: 400; line-height: 1.5 }
.hypotheses td { color: var(--quiet) } .hypotheses .number { white-space: nowrap } .hypotheses .value { display: block; color: var(--ink); font-weight: 600 }
.id { margin-right: .35rem; color: var(--accent) }
.verdict { display: inline-flex; gap: .4rem; padding: .16rem .65rem; border: 1px solid currentcolor; border-radius: 1rem; font-size: .8125rem; font-weight: 600; white-space: nowrap }
.supported { color: var(--supported) } .refuted { color: var(--refuted) } .inconclusive { color: var(--inconclusive) }
dl.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: 1.1rem 2rem; margin: 0 0 1.8rem; font: .9375rem/1.45 ${sansSerif} }
dl.facts dt { color: var(--quiet); font-size: .8125rem } dl.facts dd { margin: 0; overflow-wrap: anywhere }
pre { margin: 0 0 1rem; padding: .9rem 1.1rem; overflow-x: auto; border: 1px solid var(--line); border-radius: .4rem; background: var(--panel) }
code { font: .875rem/1.5 ui-monospace, 'SF Mono', 'Cascadia Code', 'Roboto Mono', Menlo, Consolas, 'Liberation Mono', monospace }
button { padding: .25rem .8rem; border: 1px solid var(--line); border-radius: 1rem; background: none; color: var(--quiet); font-size: .8125rem; letter-spacing: 0; cursor: pointer }
button:hover { color: var(--ink); border-color: var(--quiet) } :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
footer { margin-top: 4rem; padding-top: 1.2rem; padding-bottom: 3.5rem; color: var(--quiet); font-size: .8125rem }
@media print {
  body { font-size: 10pt } header { padding-top: 0 } nav, button, .vega-embed details { display: none !important }
  section { margin-top: 1.6rem; break-inside: auto } h2, .lead, .caption { break-after: avoid } .figures { grid-template-columns: 1fr 1fr; gap: 1.2rem 1.6rem } tr, .tiles { break-inside: avoid } .scroll { overflow: visible }
  table { font-size: 7pt } th, td { padding: .2rem .25rem } figcaption, .caption, .hypotheses p { font-size: 8pt } @page { margin: 14mm }
}
@media (prefers-reduced-motion: reduce) { * { transition: none !important; scroll-behavior: auto !important } }
`
