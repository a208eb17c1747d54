/**
 * One bit per item, item i in bit i mod 8 of byte ⌊i / 8⌋, in base64: whether each of thousands of items was answered
 * correctly, small enough to keep with every accuracy, so that two accuracies can be compared item by item.
 */
export function packItems(correct: ArrayLike<number | boolean>): string {
  const bytes = new Uint8Array(Math.ceil(correct.length / 8))
  for (let item = 0; item < correct.length; item++) {
    if (correct[item]) bytes[item >> 3] = (bytes[item >> 3] as number) | (1 << (item & 7))
  }
  return btoa(String.fromCharCode(...bytes))
}

/**
 * The inverse of `packItems`: 1 for right, 0 for wrong.
 *
 * @param items how many there are; the last byte may hold fewer than eight
 */
export function unpackItems(packed: string, items: number): Uint8Array {
  const bytes = atob(packed)
  if (bytes.length !== Math.ceil(items / 8)) {
    throw new RangeError(
      `unpackItems: ${items} items take ${Math.ceil(items / 8)} bytes, got ${bytes.length}; the file does not belong to this task`,
    )
  }
  return Uint8Array.from({ length: items }, (_, item) => (bytes.charCodeAt(item >> 3) >> (item & 7)) & 1)
}
