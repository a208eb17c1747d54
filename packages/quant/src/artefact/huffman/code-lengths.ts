/** The longest code: a length fits 4 bits, and the decoder's table 2^15 places. */
const longestCode = 15

/**
 * Lengths of an optimal prefix code none of whose codes is longer than the limit: Σ count · length is least. A symbol that
 * does not occur has length 0; one that is alone has length 1. Equal counts are served in the order of symbols, so the
 * lengths are a function of the counts.
 *
 * By package-merge: coins of value 2⁻¹ … 2⁻ᴸ for each symbol, all as dear as its count; the cheapest coins worth n - 1 are
 * bought, and a symbol's length is how many of its coins are among them.
 *
 * @param counts of each symbol, whole numbers
 * @param limit L, at least log₂ of the symbols that occur
 * @throws RangeError if so many symbols have no code within the limit
 * @see Larmore & Hirschberg 1990, "A fast algorithm for optimal length-limited Huffman codes"
 */
export function codeLengths(counts: ArrayLike<number>, limit: number = longestCode): Uint8Array {
  const lengths = new Uint8Array(counts.length)
  const coins: Package[] = []
  for (let symbol = 0; symbol < counts.length; symbol++) {
    if (counts[symbol]! > 0) coins.push({ price: counts[symbol]!, symbols: [symbol] })
  }
  if (coins.length > 2 ** limit) {
    throw new RangeError(`codeLengths: ${coins.length} symbols have no codes of ${limit} bits; the limit is too low`)
  }
  if (coins.length === 1) lengths[coins[0]!.symbols[0]!] = 1
  if (coins.length < 2) return lengths
  coins.sort((a, b) => a.price - b.price)
  let level = coins
  for (let depth = 1; depth < limit; depth++) level = merge(coins, pairs(level))
  for (const { symbols } of level.slice(0, 2 * (coins.length - 1))) for (const symbol of symbols) lengths[symbol]!++
  return lengths
}

interface Package {
  readonly price: number
  /** whose coins are in it */
  readonly symbols: readonly number[]
}

/** Two by two, the dearest left over. */
function pairs(level: readonly Package[]): Package[] {
  return Array.from({ length: level.length >> 1 }, (_, index) => {
    const [a, b] = [level[2 * index]!, level[2 * index + 1]!]
    return { price: a.price + b.price, symbols: [...a.symbols, ...b.symbols] }
  })
}

/** Both, cheapest first; of equal prices the coins. */
function merge(coins: readonly Package[], packages: readonly Package[]): Package[] {
  const merged: Package[] = []
  let next = 0
  for (const coin of coins) {
    while (next < packages.length && packages[next]!.price < coin.price) merged.push(packages[next++]!)
    merged.push(coin)
  }
  return [...merged, ...packages.slice(next)]
}
