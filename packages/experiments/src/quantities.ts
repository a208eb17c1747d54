/** How quantities are written for people: few digits, a unit, one style everywhere. */

/** '12.3M', '850k', '640' */
export function formatCount(count: number): string {
  return scaled(count, 1000, ['', 'k', 'M', 'G', 'T', 'P'])
}

/** '3.4 MB', '812 kB', in powers of 1000 */
export function formatBytes(bytes: number): string {
  return scaled(bytes, 1000, [' B', ' kB', ' MB', ' GB'])
}

function scaled(value: number, step: number, units: readonly string[]): string {
  const power = Math.max(
    0,
    Math.min(units.length - 1, Math.floor(Math.log(Math.max(1, Math.abs(value) * 1.0005)) / Math.log(step))),
  )
  const shown = value / step ** power
  return `${power === 0 ? Math.round(shown) : shown.toPrecision(3)}${units[power]}`
}

/** '1 h 02 min', '3 min 20 s', '12 s', '0.42 s', '8.5 ms' */
export function formatSeconds(seconds: number): string {
  if (seconds < 0.1) return `${(seconds * 1000).toPrecision(2)} ms`
  if (seconds < 10) return `${seconds.toPrecision(2)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')} min`
}

/** A share as a percentage: '84.3%' */
export function formatPercent(share: number, digits = 1): string {
  return `${formatNumber(share * 100, digits)}%`
}

/** A difference of shares in percentage points: '-0.4' */
export function formatPoints(difference: number, digits = 1): string {
  return formatNumber(difference * 100, digits)
}

/** With a true minus sign, and no minus before a zero. */
export function formatNumber(value: number, digits: number): string {
  const text = value.toFixed(digits)
  return Number(text) === 0 ? text.replace('-', '') : text.replace('-', '−')
}
