/** What is asked of an adapter where it has it: f16 in shaders, subgroups, and time stamps for the profiler. */
const wanted: readonly GPUFeatureName[] = ['shader-f16', 'subgroups', 'timestamp-query']

/** Limits worth raising to what the adapter has: the default ones are those of the weakest phones. */
const raised = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
] as const satisfies readonly (keyof GPUSupportedLimits)[]

/** A device, and what it stands on. */
export interface Opened {
  readonly gpu: GPU
  readonly adapter: GPUAdapter
  readonly device: GPUDevice
}

/**
 * A device with the limits of its adapter.
 *
 * @throws Error if there is no adapter; what the browser or driver says if it gives no device
 */
export async function openDevice(gpu: GPU, options: GPURequestAdapterOptions): Promise<Opened> {
  const adapter = await gpu.requestAdapter(options)
  if (!adapter) {
    throw new Error(
      'WebGPU: no adapter was found. Is there a GPU, with a driver for Vulkan, Metal or Direct3D 12? On Linux, ' +
        'apt-get install mesa-vulkan-drivers brings drivers, one for processors among them; ' +
        "VK_ICD_FILENAMES names the driver to use. Or openBackend('wasm')",
    )
  }
  const device = await adapter.requestDevice({
    requiredFeatures: wanted.filter((feature) => adapter.features.has(feature)),
    requiredLimits: Object.fromEntries(raised.map((limit) => [limit, adapter.limits[limit]])),
  })
  return { gpu, adapter, device }
}
