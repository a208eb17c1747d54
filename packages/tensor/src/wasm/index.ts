import type { Backend } from '../backend.ts'

export interface WasmOptions {
  readonly threads?: number
}

export async function openWasm(_options: WasmOptions): Promise<Backend> {
  throw new Error('pending')
}
