/** Bytes of a file after gzip (DEFLATE at its usual level, with its 18 bytes of frame): what a server would send. */
export async function gzipBytes(file: Uint8Array): Promise<number> {
  const bytes = new Blob([file as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new CompressionStream('gzip'))
  let total = 0
  const reader = bytes.getReader()
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) total += chunk.value.length
  return total
}
