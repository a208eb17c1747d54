/** The backends on which whole models are tested. */
export const backendNames = ['reference', 'wasm'] as const
