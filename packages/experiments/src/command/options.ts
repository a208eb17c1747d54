import { InvalidArgumentError } from 'commander'

/** Parses an option that is a whole number of a range. */
export function wholeNumber(least: number, most: number, example: number): (value: string) => number {
  return (value) => {
    const number = Number(value)
    if (/^\d+$/.test(value) && number >= least && number <= most) return number
    const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`
    throw new InvalidArgumentError(`Expected a whole number ${range}, for example ${example}.`)
  }
}

/** Parses an option that is a time. */
export function seconds(value: string): number {
  const number = Number(value)
  if (value.trim() !== '' && number >= 0 && number < Infinity) return number
  throw new InvalidArgumentError('Expected a number of seconds, for example 10.')
}
