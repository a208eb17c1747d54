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
