/**
 * The canonical prefix code of these lengths: codes of one length are consecutive numbers in the order of their symbols,
 * shorter codes come before longer ones. So lengths alone say it all. A code is sent from its highest bit on, hence
 * reversed here, for a stream that is filled from the lowest bit of each byte.
 *
 * @returns of each symbol its code's bits, the first to be sent the lowest
 * @throws RangeError if there is no such code, or it leaves bit strings unused (but for a single symbol of length 1)
 * @see RFC 1951, section 3.2.2
 */
export function canonicalCodes(lengths: Uint8Array): Uint16Array {
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0)
  const ofLength = new Uint32Array(longest + 1)
  for (const length of lengths) ofLength[length]!++
  checkComplete(ofLength)
  ofLength[0] = 0
  const next = new Uint32Array(longest + 1)
  for (let length = 1; length <= longest; length++) next[length] = (next[length - 1]! + ofLength[length - 1]!) << 1
  return Uint16Array.from(lengths, (length) => (length === 0 ? 0 : reversed(next[length]!++, length)))
}

/** Kraft's sum Σ 2^-length is 1 for a code that neither overlaps nor leaves gaps. */
function checkComplete(ofLength: Uint32Array): void {
  const longest = ofLength.length - 1
  let used = 0
  for (let length = 1; length <= longest; length++) used += ofLength[length]! * 2 ** (longest - length)
  const alone = longest === 1 && ofLength[1] === 1
  if (!alone && (longest === 0 || used !== 2 ** longest)) {
    throw new RangeError('these lengths are of no complete prefix code')
  }
}

function reversed(code: number, length: number): number {
  let bits = 0
  for (let bit = 0; bit < length; bit++) bits |= ((code >> bit) & 1) << (length - 1 - bit)
  return bits
}
