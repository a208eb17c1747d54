/** Flags of WebGPU. Node has no globals for them. @see https://www.w3.org/TR/webgpu/#buffer-usage */
export const usage = { mapRead: 1, copySource: 4, copyTarget: 8, uniform: 64, storage: 128, queryResolve: 512 } as const

/** Map a buffer to read it. */
export const mapRead = 1

/** Visible to compute shaders. */
export const compute = 4
