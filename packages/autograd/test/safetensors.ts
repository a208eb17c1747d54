import { readFileSync } from 'node:fs'

/** Numbers of a fixture. */
export interface Entry {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

const arrays = { F32: Float32Array, F64: Float64Array, I64: BigInt64Array, BOOL: Uint8Array } as const

interface Place {
  readonly dtype: keyof typeof arrays
  readonly shape: readonly number[]
  readonly data_offsets: readonly [number, number]
}

/** The tensors of a safetensors file by name: a length of 8 bytes, so much JSON, then the data. */
export function readSafetensors(path: string): Map<string, Entry> {
  const file = Uint8Array.from(readFileSync(path)).buffer
  const start = 8 + Number(new DataView(file).getBigUint64(0, true))
  const header = JSON.parse(new TextDecoder().decode(file.slice(8, start))) as Record<string, Place>
  const entries = Object.entries(header).filter(([name]) => name !== '__metadata__')
  return new Map(
    entries.map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [from, to],
        },
      ]) => {
        const values = new arrays[dtype](file.slice(start + from, start + to))
        return [name, { dtype, shape, values: Array.from(values, Number) }]
      },
    ),
  )
}
