import { sizeOf } from '@tlc/tensor'
import type { SchemeName } from '../scheme.ts'
import type { FormName } from './forms/form.ts'
import { type PartName, partNames } from './parts.ts'
import type { StoredTensorParts } from './tensor-parts.ts'

/** What a tensor takes in a file, in bytes unless said otherwise. */
export interface LedgerRow {
  readonly name: string
  readonly scheme: SchemeName
  readonly form: FormName
  /** whether codes, blocks or index are in Huffman's code */
  readonly huffman: boolean
  /** weights */
  readonly size: number
  /** weights that are not 0 when decoded; all, where the scheme has no exact 0 */
  readonly nonZeros: number
  /** of each part that it has */
  readonly parts: { readonly [P in PartName]?: number }
  /** all parts */
  readonly bytes: number
  /** bits within codes, blocks and index that fill up their last bytes */
  readonly paddingBits: number
}

/** What every byte of a file is for: headerLength + header + headerPadding + tensorBytes = fileBytes. */
export interface Ledger {
  readonly rows: readonly LedgerRow[]
  /** 8 bytes that say how long the header is */
  readonly headerLength: number
  /** the JSON that names and places the tensors, manifest and lineage in it */
  readonly header: number
  /** spaces that align what follows */
  readonly headerPadding: number
  /** all parts of all rows */
  readonly tensorBytes: number
  readonly fileBytes: number
  /** 8 · fileBytes / weights: nothing is left out */
  readonly bitsPerWeight: number
}

/** Accounts for a file that was made of tensors stored so. */
export function ledgerOf(stored: ReadonlyMap<string, StoredTensorParts>, file: Uint8Array): Ledger {
  const rows = [...stored].map(([name, tensor]) => ledgerRow(name, tensor))
  const headerEnd = 8 + Number(new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true))
  let jsonEnd = headerEnd
  while (file[jsonEnd - 1] === 0x20) jsonEnd--
  return {
    rows,
    headerLength: 8,
    header: jsonEnd - 8,
    headerPadding: headerEnd - jsonEnd,
    tensorBytes: rows.reduce((sum, { bytes }) => sum + bytes, 0),
    fileBytes: file.length,
    bitsPerWeight: (8 * file.length) / rows.reduce((sum, { size }) => sum + size, 0),
  }
}

function ledgerRow(name: string, { format, layout, parts, nonZeros, paddingBits }: StoredTensorParts): LedgerRow {
  const sizes = partNames.flatMap((part) => (parts[part] ? [[part, parts[part].length] as const] : []))
  return {
    ...{ name, scheme: format.scheme, form: layout.form, huffman: parts.tables !== undefined },
    ...{ size: sizeOf(format.shape), nonZeros, parts: Object.fromEntries(sizes) },
    bytes: sizes.reduce((sum, [, bytes]) => sum + bytes, 0),
    paddingBits,
  }
}
