/**
 * Makes a buffer, and asks the device whether it had the memory. The answer comes later; until then the buffer may be
 * one that no command can use.
 */
export function guarded(
  device: GPUDevice,
  descriptor: GPUBufferDescriptor,
): readonly [buffer: GPUBuffer, refusal: Promise<GPUError | null>] {
  device.pushErrorScope('out-of-memory')
  const buffer = device.createBuffer(descriptor)
  // A device that is lost answers nothing.
  return [buffer, device.popErrorScope().catch(() => null)]
}
