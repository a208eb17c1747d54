/**
 * The printable character that stands for each byte in a vocabulary: bytes with a visible Latin-1 character keep it,
 * the other 68 take U+0100, U+0101, … in order, so that a token is a string without spaces or control characters.
 *
 * @see Radford et al. 2019, section 2.2 (byte-level BPE)
 */
export const byteSymbols: readonly string[] = alphabet()

/** The byte of each character of the alphabet. */
export const symbolBytes: ReadonlyMap<string, number> = new Map(byteSymbols.map((symbol, byte) => [symbol, byte]))

function alphabet(): string[] {
  let invisible = 0x100
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isVisible(byte) ? byte : invisible++))
}

/** Whether Latin-1 prints the byte: no control character, no space, no soft hyphen (0xad). */
function isVisible(byte: number): boolean {
  return (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad)
}
