/** A batch in parts of at most so many, of sizes as equal as can be; in one part by default. */
export function microBatchesOf(batch: Int32Array, most: number = batch.length): Int32Array[] {
  const count = Math.ceil(batch.length / most)
  return Array.from({ length: count }, (_, part) =>
    batch.subarray(Math.floor((part * batch.length) / count), Math.floor(((part + 1) * batch.length) / count)),
  )
}
