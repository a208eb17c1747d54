/** Bytes that are not a safetensors file, or a tensor in one that has no counterpart here. */
export class SafetensorsError extends Error {
  override name = 'SafetensorsError'
}
