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

/** Parses an option that is a number > 0. */
export function positive(value: string): number {
  const number = Number(value)
  if (number > 0 && number < Infinity) return number
  throw new InvalidArgumentError('Expected a number > 0, for example 0.001.')
}

/** Parses an option that is a part of a whole, from 0 up to, but not, 1. */
export function share(value: string): number {
  const number = Number(value)
  if (value.trim() !== '' && number >= 0 && number < 1) return number
  throw new InvalidArgumentError('Expected a number from 0 up to, but not, 1, for example 0.1.')
}

/** Parses an option that is a number >= 0. */
export function nonNegative(value: string): number {
  const number = Number(value)
  if (value.trim() !== '' && number >= 0 && number < Infinity) return number
  throw new InvalidArgumentError('Expected a number >= 0, for example 0.6.')
}
