/**
 * `fn codeWord(row, word) -> u32`: four bytes of a row of `codes`, which are words in memory and follow each other without
 * gaps, so a row may begin in the midst of a word. Beyond a row there is anything, but never beyond the buffer.
 *
 * @param rowBytes in WGSL
 * @param whole whether rows are made of whole words
 */
export function codeWords(rowBytes: string, whole: boolean): string {
  const read = (place: string): string => `codes[min(${place}, arrayLength(&codes) - 1u)]`
  return `fn codeWord(row: u32, word: u32) -> u32 {
  let place = row * ${rowBytes} + 4u * word;
${
  whole
    ? `  return ${read('place / 4u')};`
    : `  let shift = 8u * (place % 4u);
  // A shift by 32 bits is one by none, so it is done by two.
  return (${read('place / 4u')} >> shift) | ((${read('place / 4u + 1u')} << 1u) << (31u - shift));`
}
}
`
}
